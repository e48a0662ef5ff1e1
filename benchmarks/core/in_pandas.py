"""The core in pandas: each distinct text is checked once; clients and sites are numbers, days count from 1970.

Sobriety lies on one line of numbers, a stretch of it for each client, so that nothing is done client by client.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.core import EXPORTS, files
from benchmarks.core.numbers import numbers
from pipelines.contract import Column, Export, exports

EPOCH = np.datetime64("1970-01-01")
CLIENT = 1 << 20  # days on the line for each client, more than there are
NOTHING, NEVER = -(1 << 60), 1 << 60  # a day that is not there; one after all others
COUNTS = ["meetings", "checks", "checkins", "sessions_attended"]
RULES = {
    "checkins": lambda rows: ~(rows["last_use_date"] > rows["checkin_date"]),
    "episodes": lambda rows: (rows["end_date"] == NOTHING) | (rows["end_date"] >= rows["start_date"]),
    "absences": lambda rows: (
        (rows["end_date"] >= rows["start_date"]) & (rows["client_id"].isna() != rows["site"].isna())
    ),
}


def _typed(texts: pd.Series, column: Column) -> pd.Series:
    """The values of some texts; missing where one is none."""
    match column.type:
        case "date":
            days = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce").to_numpy("datetime64[D]")
            return pd.Series(np.where(np.isnat(days), NOTHING, (days - EPOCH).astype("int64")))
        case "integer" | "number":
            read = pd.to_numeric(texts, errors="coerce")
            low = -np.inf if column.min is None else column.min
            return read.where(read.between(low, np.inf if column.max is None else column.max))
        case "boolean":
            return texts.map({"yes": 1.0, "no": 0.0})
        case "code":
            return texts.where(texts.isin(column.codes))
        case "time":
            return texts.where(texts.str.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]"))
    return texts


def _missing(values: pd.Series) -> pd.Series:
    return values == NOTHING if values.dtype == np.int64 else values.isna()


def take(folder: Path, export: Export) -> pd.DataFrame:
    """The rows of an export with nothing wrong, of each key the last."""
    texts = pd.concat(
        [pd.read_csv(path, dtype=str, keep_default_na=False, engine="pyarrow") for path in files(folder, export.name)],
        ignore_index=True,
    )
    columns, holds = {}, np.ones(len(texts), dtype=bool)
    for column in export.columns:
        codes, its = pd.factorize(texts[column.name])
        distinct = pd.Series(its, dtype="str")
        blank = distinct == ""
        typed = _typed(distinct.mask(blank), column)
        wrong = _missing(typed) & (~blank | column.required)
        if column.default:
            typed = typed.mask(blank, column.default)
        holds &= ~wrong.to_numpy()[codes]
        if typed.dtype == "str":
            columns[column.name] = pd.Categorical.from_codes(*_categories(codes, typed))
        else:
            columns[column.name] = typed.to_numpy()[codes]
    rows = pd.DataFrame(columns)
    if rule := RULES.get(export.name):
        holds &= rule(rows).to_numpy()
    rows, keys = rows[holds], [*export.key]
    if also := export.key_also:
        holds = np.logical_and.reduce([rows[column] == value for column, value in also.where])
        rows = rows.assign(also=rows[also.column].where(holds))
        keys.append("also")
    return rows[~rows.duplicated(keys, keep="last")].reset_index(drop=True)


def _categories(codes: np.ndarray, typed: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """Codes and categories without what is missing, and each category once (a default may be a text that occurs)."""
    places, categories = pd.factorize(typed)
    return places[codes], pd.Index(categories)


def week_of(day: np.ndarray) -> np.ndarray:
    """The Monday of a day."""
    return (day + 3) // 7 * 7 - 3


def spread(rows: pd.DataFrame, first: np.ndarray, last: np.ndarray, step: int, name: str) -> pd.DataFrame:
    """Each row once for every step from the first to the last."""
    times = np.maximum((last - first) // step + 1, 0)
    within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    again = rows.loc[rows.index.repeat(times)].reset_index(drop=True)
    return again.assign(**{name: np.repeat(first, times) + step * within})


def care_of(episodes: pd.DataFrame, as_of: int, rules: dict[str, float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The episodes with the stay that each is part of, and the weeks in care with the site of each."""
    episodes = episodes[episodes["start_date"] <= as_of].sort_values(["client", "start_date"], ignore_index=True)
    ended = np.where(episodes["end_date"] == NOTHING, as_of, np.minimum(episodes["end_date"], as_of))
    episodes["last_day"] = ended
    same = episodes["client"].eq(episodes["client"].shift())
    open_before = same & episodes["end_date"].shift().eq(NOTHING)
    joined = same & (open_before | (episodes["start_date"] - episodes["end_date"].shift() <= rules["joined_days"]))
    episodes["stay"] = (~joined).cumsum()
    follows = joined.shift(-1, fill_value=False)
    next_start = episodes["start_date"].shift(-1, fill_value=0)
    episodes["until"] = np.where(follows, np.maximum(next_start - 1, ended), ended)
    stays = episodes.groupby("stay", as_index=False).agg(
        client=("client", "first"), start_date=("start_date", "min"), last_day=("last_day", "max")
    )
    care = spread(stays, week_of(stays["start_date"].to_numpy()), stays["last_day"].to_numpy(), 7, "week")
    care["from_day"] = np.maximum(care["start_date"], care["week"])
    care["to_day"] = np.minimum(care["last_day"], care["week"] + 6)
    line = episodes["client"] * CLIENT + episodes["start_date"]
    place = np.searchsorted(line, care["client"] * CLIENT + care["to_day"], side="right") - 1
    care["site"] = episodes["site"].to_numpy()[place]
    return episodes, care.drop(columns=["start_date", "last_day"])


def recorded_on(attendance: pd.DataFrame, checkins: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """A client's counts on a day."""
    checkin = (checkins["source"] != "toxicology") & (checkins["status"] == "completed")
    parts = [
        pd.DataFrame({"client": attendance["client"], "day": attendance["meeting_date"], "meetings": 1}),
        pd.DataFrame(
            {
                "client": checkins["client"],
                "day": checkins["checkin_date"],
                "checks": 1,
                "checkins": checkin.astype(int),
            }
        ),
        pd.DataFrame(
            {
                "client": sessions["client"],
                "day": sessions["session_date"],
                "sessions_attended": (sessions["status"] == "attended").astype(int),
            }
        ),
    ]
    counts = pd.concat(parts, ignore_index=True)
    counts[COUNTS] = counts[COUNTS].fillna(0).astype("int64")
    return counts.groupby(["client", "day"], as_index=False, sort=False)[COUNTS].sum()


def coverage_of(care: pd.DataFrame, recorded: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Whether a site sent anything of a week."""
    sent = recorded.assign(week=week_of(recorded["day"].to_numpy()), rows=recorded["meetings"] + recorded["checks"])
    sent = sent.groupby(["client", "week"], as_index=False)["rows"].sum()
    weeks = care[care["week"] + 6 <= as_of].merge(sent, on=["client", "week"], how="left")
    coverage = weeks.groupby(["site", "week"], as_index=False)["rows"].sum()
    return coverage.assign(reported=coverage["rows"] > 0)


def excused_days(
    absences: pd.DataFrame, episodes: pd.DataFrame, care: pd.DataFrame, coverage: pd.DataFrame
) -> pd.DataFrame:
    """The days that do not count for a client, each once."""
    own = absences[absences["client"] >= 0]
    closed = absences[absences["client"] < 0].merge(episodes, on="site", suffixes=("_closed", ""))
    silent = care.merge(coverage.loc[~coverage["reported"], ["site", "week"]], on=["site", "week"])
    spans = pd.concat(
        [
            pd.DataFrame({"client": own["client"], "first": own["start_date"], "last": own["end_date"]}),
            pd.DataFrame(
                {
                    "client": closed["client"],
                    "first": np.maximum(closed["start_date_closed"], closed["start_date"]),
                    "last": np.minimum(closed["end_date_closed"], closed["until"]),
                }
            ),
            pd.DataFrame({"client": silent["client"], "first": silent["from_day"], "last": silent["to_day"]}),
        ],
        ignore_index=True,
    )
    days = spread(spans[["client"]], spans["first"].to_numpy(), spans["last"].to_numpy(), 1, "day")
    return days.drop_duplicates(ignore_index=True)


def client_weeks(care: pd.DataFrame, recorded: pd.DataFrame, excused: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """The complete weeks in care, what counts of them and what was recorded."""
    weeks = care[care["week"] + 6 <= as_of].sort_values(["client", "week"], ignore_index=True)
    line = (weeks["client"] * CLIENT + weeks["week"]).to_numpy()

    def week_in_care(days: pd.DataFrame) -> np.ndarray:
        """The place of the week of each day; that of no week where it is not in care."""
        at = (days["client"] * CLIENT + week_of(days["day"].to_numpy())).to_numpy()
        place = np.minimum(np.searchsorted(line, at), len(line) - 1)
        day = days["day"].to_numpy()
        inside = (line[place] == at) & (day >= weeks["from_day"].to_numpy()[place])
        return np.where(inside & (day <= weeks["to_day"].to_numpy()[place]), place, len(line))

    def total(place: np.ndarray, amounts: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(place, amounts, len(line) + 1)[:-1].astype("int64")

    weeks["in_care_days"] = weeks["to_day"] - weeks["from_day"] + 1
    weeks["exposure_days"] = weeks["in_care_days"] - total(week_in_care(excused))
    place = week_in_care(recorded)
    for count in ("meetings", "checkins", "sessions_attended"):
        weeks[count] = total(place, recorded[count].to_numpy())
    return weeks


def usual_of(weeks: pd.DataFrame, rules: dict[str, float]) -> pd.DataFrame:
    """The usual and the recent meetings of each week."""
    of_site = weeks.groupby(["site", "week"], as_index=False)["meetings"].sum()
    before = of_site.groupby("site")["meetings"].transform(lambda each: each.shift().rolling(4, min_periods=1).mean())
    of_site["broken"] = (before >= 20) & (of_site["meetings"] * 3 < before)
    broken = weeks[["site", "week"]].merge(of_site, on=["site", "week"], how="left")["broken"].to_numpy()
    monday = (EPOCH + weeks["week"].to_numpy()).astype("datetime64[D]")
    months = monday.astype("datetime64[M]")
    month, day = months.astype(int) % 12 + 1, (monday - months).astype(int) + 1
    holidays = (month == 12) & (day >= 18) | (month == 1) & (day == 1) | (month == 11) & (day >= 19) & (day <= 25)
    weeks_of = np.where(broken, 0, weeks["exposure_days"] / 7)
    usual_weeks_of = weeks_of * np.where(holidays, rules["holiday_factor"], 1)
    meetings = np.where(weeks_of > 0, weeks["meetings"], 0)
    line = (weeks["client"] * CLIENT + weeks["week"]).to_numpy()

    def over(first: float, last: float) -> tuple[np.ndarray, np.ndarray]:
        """The places of the weeks from so many to so many weeks ago, as the ends of a slice."""
        begin = np.searchsorted(line, line - 7 * int(first))
        return begin, np.maximum(np.searchsorted(line, line - 7 * int(last), side="right"), begin)

    def total(amounts: np.ndarray, ends: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        so_far = np.concatenate([[0], np.cumsum(amounts)])
        return so_far[ends[1]] - so_far[ends[0]]

    baseline = over(rules["usual_weeks_first"], rules["usual_weeks_last"])
    lately = over(rules["recent_weeks"] - 1, 0)

    def rate(of: np.ndarray, ends: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        there = total(of > 0, ends) > 0
        return np.where(there, total(meetings, ends) / np.where(there, total(of, ends), 1), np.nan)

    return pd.DataFrame(
        {
            "client": weeks["client"],
            "week": weeks["week"],
            "usual": rate(usual_weeks_of, baseline),
            "usual_weeks": total(weeks["exposure_days"].to_numpy() > 0, baseline),
            "recent": rate(weeks_of, lately),
            "recent_weeks": total(weeks_of > 0, lately),
        }
    )


def spells_of(checkins: pd.DataFrame, episodes: pd.DataFrame, as_of: int, rules: dict[str, float]) -> pd.DataFrame:
    """The spells of sobriety, in days on the line."""
    done = checkins[checkins["status"] == "completed"]
    at = (done["client"] * CLIENT + done["checkin_date"]).to_numpy()
    last_use = np.where(done["last_use_date"] == NOTHING, NOTHING, done["client"] * CLIENT + done["last_use_date"])
    test, used = (done["source"] == "toxicology").to_numpy(), done["used"].to_numpy()
    dated = ~test & (last_use != NOTHING)
    uses = np.unique(np.concatenate([last_use[dated], at[(used == 1) & ~dated]]))

    dated_use = np.where((used == 1) & (last_use != NOTHING), last_use, NEVER)
    answers = pd.DataFrame({"at": at, "none": used == 0, "last_use": dated_use})[~test]
    answers = answers.groupby("at", as_index=False).agg({"none": "max", "last_use": "min"})
    answers["reaches"] = (
        np.maximum(answers["at"] - int(rules["checkin_covers_days"]), answers["at"].shift(fill_value=-1)) + 1
    )
    answers = answers[answers["none"] | (answers["last_use"] != NEVER)]
    stays = episodes.groupby("stay").agg(client=("client", "first"), start=("start_date", "min"))
    begun = np.concatenate([[-1], (stays["client"] * CLIENT + stays["start"]).sort_values()])
    begun = begun[np.searchsorted(begun, answers["at"], side="right") - 1]
    start = np.maximum(answers["reaches"], np.where(begun // CLIENT == answers["at"] // CLIENT, begun, answers["at"]))
    start = np.where(answers["none"], start, np.maximum(start, answers["last_use"] + 1))
    tested = at[test & (used == 0)]
    starts, ends = np.concatenate([start, tested]), np.concatenate([answers["at"], tested])

    starts, ends = starts[starts <= ends], ends[starts <= ends]
    order = np.lexsort((ends, starts))
    starts, reach = starts[order], np.maximum.accumulate(ends[order])
    new = np.concatenate([[True], starts[1:] > reach[:-1] + 1])
    starts, ends = starts[new], reach[np.concatenate([np.flatnonzero(new)[1:] - 1, [len(reach) - 1]])]

    place = np.searchsorted(starts, uses, side="right") - 1
    inside = uses[(place >= 0) & (uses <= ends[place])]
    starts, ends = np.sort(np.concatenate([starts, inside + 1])), np.sort(np.concatenate([ends, inside - 1]))
    starts, ends = starts[starts <= ends], ends[starts <= ends]

    gap = int(rules["spell_gap_days"])
    use_next = np.concatenate([uses, [NEVER]])[np.searchsorted(uses, ends, side="right")]
    next_start = np.concatenate([starts[1:], [NEVER]])
    goes_on = (next_start - ends <= gap + 1) & (use_next > next_start)
    last = np.flatnonzero(~goes_on)
    first = np.concatenate([[0], last[:-1] + 1])
    confirmed = np.concatenate([[0], np.cumsum(ends - starts + 1)])
    known_next = np.minimum(use_next, next_start)[last]
    nothing_more = known_next // CLIENT != ends[last] // CLIENT
    return pd.DataFrame(
        {
            "client": starts[first] // CLIENT,
            "start_date": starts[first] % CLIENT,
            "end_date": ends[last] % CLIENT,
            "confirmed_days": confirmed[last + 1] - confirmed[first],
            "ended_by": np.select(
                [nothing_more & (as_of - ends[last] % CLIENT <= gap), known_next - ends[last] > gap + 1],
                ["open", "unknown"],
                "use",
            ),
        }
    )


def caseload_of(weeks: pd.DataFrame, first: int) -> pd.DataFrame:
    """All clients, and those of each site, week by week."""
    counts = weeks[weeks["week"] >= first]
    counts = pd.DataFrame(
        {
            "week": counts["week"],
            "site": counts["site"],
            "census": (counts["to_day"] == counts["week"] + 6).astype("int64"),
            "exposed": (counts["exposure_days"] > 0).astype("int64"),
            "exposure_days": counts["exposure_days"],
            "meetings": counts["meetings"].where(counts["exposure_days"] > 0, 0),
            "checkins": counts["checkins"],
        }
    )
    by_site = counts.groupby(["week", "site"], as_index=False).sum().rename(columns={"site": "member"})
    everyone = counts.drop(columns="site").groupby("week", as_index=False).sum().assign(member=-1)
    both = pd.concat([everyone.assign(breakdown="all"), by_site.assign(breakdown="site")], ignore_index=True)
    return both[["week", "breakdown", "member", "census", "exposed", "exposure_days", "meetings", "checkins"]]


def main(folder: Path, out: Path) -> None:
    rules = numbers()
    rows = {name: take(folder, exports()[name]) for name in EXPORTS}
    ids, names = (pd.Index(sorted({*each})) for each in _named(rows))
    for table in rows.values():
        table["client"] = _numbered(table["client_id"], ids)
    for name in ("episodes", "absences"):
        rows[name]["site"] = _numbered(rows[name]["site"], names)
    attendance, checkins, sessions, episodes, absences = rows.values()
    as_of = int(max(attendance["meeting_date"].max(), checkins["checkin_date"].max()))

    episodes, care = care_of(episodes, as_of, rules)
    recorded = recorded_on(attendance, checkins, sessions)
    coverage = coverage_of(care, recorded, as_of)
    weeks = client_weeks(care, recorded, excused_days(absences, episodes, care, coverage), as_of)
    caseload = caseload_of(weeks, coverage.loc[coverage["reported"], "week"].min())
    caseload["member"] = np.where(caseload["member"] < 0, "all", names.to_numpy()[caseload["member"]])
    made = {
        "client_week": weeks.drop(columns=["stay", "from_day", "to_day", "site"]),
        "usual": usual_of(weeks, rules),
        "spell": spells_of(checkins, episodes, as_of, rules),
        "caseload": caseload,
    }
    for name, table in made.items():
        if "client" in table:
            table.insert(0, "client_id", ids.to_numpy()[table.pop("client")])
        for day in {"week", "start_date", "end_date"} & {*table}:
            table[day] = EPOCH + table[day].to_numpy()
        table.to_parquet(out / f"{name}.parquet", index=False)


def _named(rows: dict[str, pd.DataFrame]) -> tuple[list[str], list[str]]:
    """The clients and the sites that any rows name."""
    clients = [each for table in rows.values() for each in table["client_id"].cat.categories]
    return clients, [each for name in ("episodes", "absences") for each in rows[name]["site"].cat.categories]


def _numbered(values: pd.Series, among: pd.Index) -> np.ndarray:
    """The place of each value among all; −1 if there is none."""
    places = np.append(among.get_indexer(values.cat.categories), -1)
    return places[values.cat.codes.to_numpy()].astype("int64")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

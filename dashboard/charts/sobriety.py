"""The sobriety of the clients in care, as far as it is known: bars, and ranges for what the unknown days could be."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.theme import GREEN, SMALL, SOFT, TEXT, in_lines, names_axis, tall, titled
from pipelines.wording import amounts, labels

KNOWN, UNKNOWN = GREEN, SOFT
ROW = 34  # pixels a bar
PERCENT = "format(100 * datum.value, '.0f') + ' %'"


def bands(rows: pd.DataFrame) -> alt.LayerChart:
    """How many clients are in each band of sober days; `rows`: band, clients, in_care, fewest days first."""
    total = int(rows["in_care"].iloc[0])
    drawn = rows.assign(
        name=[labels.SOBRIETY_BANDS[band] for band in rows["band"]],
        label=[f"{clients:,} ({amounts.amount(clients / total, 'share')})" for clients in rows["clients"]],
        ink=[UNKNOWN if band == labels.UNKNOWN else KNOWN for band in rows["band"]],
    )
    x = alt.X("clients:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 2 * int(rows["clients"].max())]))
    title = "Clients in care, by sober days"
    return _bars(drawn, x, title, f"{total:,} clients in care; confirmed days only")


def unknown(rows: pd.DataFrame, breakdown: str) -> alt.LayerChart:
    """The share of each group whose sobriety is unknown; `rows`: member, unknown, clients, share, groups_in_all."""
    drawn = rows.assign(
        name=in_lines(
            (labels.member(member, breakdown), f"{unknown:,} of {clients:,}")
            for member, unknown, clients in zip(rows["member"], rows["unknown"], rows["clients"], strict=True)
        ),
        label=[amounts.amount(share, "share") for share in rows["share"]],
        ink=UNKNOWN,
    )
    top = next(share for share in (0.2, 0.4, 1.0) if rows["share"].max() <= share)
    x = alt.X(
        "share:Q",
        title=None,
        axis=alt.Axis(values=[n * top / 4 for n in range(5)], labelExpr=PERCENT, domain=False, ticks=False),
        scale=alt.Scale(domain=[0, 1.25 * top], nice=False),
    )
    in_all = int(rows["groups_in_all"].max())
    shown = f"the {len(rows)} of {in_all} with the most unknown" if in_all > len(rows) else "most unknown first"
    return _bars(drawn, x, f"Sobriety unknown, by {breakdown}", shown)


def _bars(rows: pd.DataFrame, x: alt.X, title: str, subtitle: str) -> alt.LayerChart:
    """Bars of rows with name, label and ink, their colour."""
    bars = alt.Chart().encode(y=alt.Y("name:N", title=None, sort=None, axis=names_axis(list(rows["name"]))), x=x)
    ink = alt.Color("ink:N", scale=None, legend=None)
    spoken = "; ".join(f"{_said(name)}: {label}" for name, label in zip(rows["name"], rows["label"], strict=True))
    return _framed(
        rows,
        [
            bars.mark_bar(height=16, cornerRadiusEnd=2).encode(color=ink),
            bars.mark_text(align="left", dx=6, fontSize=TEXT, fontWeight=600).encode(
                text=alt.Text("label:N"), color=ink
            ),
        ],
        title,
        [subtitle],
        f"{title}: {spoken}.",
    )


def abstinent(rows: pd.DataFrame) -> alt.LayerChart:
    """The percent of days abstinent of each group: a bar over everything that it can be, a dot for what the known days
    say.

    `rows`: member, clients, low, high, value, known (shares); `value` is missing if too few days are known.
    """
    drawn = rows.assign(
        name=in_lines(
            ("All sites" if member == "all" else labels.member(member, "site"), amounts.count(clients, "client"))
            for member, clients in zip(rows["member"], rows["clients"], strict=True)
        ),
        **{f"{end}_label": [amounts.amount(value, "share") for value in rows[end]] for end in ("low", "high", "value")},
    )
    after = 0.25 if drawn["high_label"].str.len().max() <= len("100 %") else 0.5  # "over 99 %" takes more room
    start = next(edge for edge in (0.8, 0.6, 0.0) if edge <= rows["low"].min() or not edge)
    x = alt.X(
        "low:Q",
        title=None,
        axis=alt.Axis(
            values=[start + n * (1 - start) / 4 for n in range(5)], labelExpr=PERCENT, domain=False, ticks=False
        ),
        # Wider than the axis, so that there is room for words at both ends.
        scale=alt.Scale(domain=[start - 0.2 * (1 - start), 1 + after * (1 - start)], nice=False),
    )
    group = alt.Chart().encode(y=alt.Y("name:N", title=None, sort=None, axis=names_axis(list(drawn["name"]))), x=x)
    marked = group.transform_filter("isValid(datum.value)").encode(x=alt.X("value:Q"))
    title = "Days abstinent in the last 90 days"
    spoken = "; ".join(
        f"{_said(name)}: {low} to {high}"
        + (", too few days known for one figure" if value == "–" else f", {value} of the known days")
        for name, low, high, value in drawn[["name", "low_label", "high_label", "value_label"]].itertuples(index=False)
    )
    return _framed(
        drawn,
        [
            group.mark_bar(height=8, cornerRadius=4, color=KNOWN, opacity=0.35).encode(x2=alt.X2("high:Q")),
            group.mark_text(align="right", dx=-6, fontSize=SMALL, color=UNKNOWN).encode(text=alt.Text("low_label:N")),
            group.mark_text(align="left", dx=8, fontSize=SMALL, color=UNKNOWN).encode(
                text=alt.Text("high_label:N"), x=alt.X("high:Q")
            ),
            marked.mark_circle(color=KNOWN, size=80, opacity=1),
            marked.mark_text(color=KNOWN, dy=-14, fontSize=TEXT, fontWeight=700).encode(text=alt.Text("value_label:N")),
        ],
        title,
        [
            "average of the clients",
            "bar: from all unknown days counted as use to all counted as abstinent",
            f"dot: known days only{f'; the scale begins at {100 * start:.0f} %' if start else ''}",
        ],
        f"{title}: {spoken}.",
        row=44,
    )


def _said(name: str) -> str:
    """A name and what it counts in one line: `Harbor, 4 clients`."""
    *of_name, count = name.strip("\n").split("\n")
    return f"{' '.join(of_name)}, {count}" if of_name else count


def _framed(
    rows: pd.DataFrame, layer: list[alt.Chart], title: str, subtitle: list[str], words: str, row: int = ROW
) -> alt.LayerChart:
    return alt.LayerChart(
        data=rows,
        layer=layer,
        width="container",
        height=tall(rows["name"], row) * len(rows),
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        padding={"left": 4, "top": 0, "right": 6, "bottom": 4},
        title=titled(title, *subtitle),
        description=words,
    )

"""Meetings to suggest: from a directory and what a client has gone to."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

STAY = "client_id start_date primary_addiction\nann 2026-01-01 alcohol"
# 2026-09-29 is a Tuesday (day 2), 2026-09-27 a Sunday (day 0).
HABIT = "client_id meeting_date fellowship start_time meeting_id mode\n" + "\n".join(
    f"ann {day} AA 19:30 aa-home in_person" for day in ("2026-09-15", "2026-09-22", "2026-09-29")
)
HOME = "aa-home Home 2 19:30 . hall . ."


def suggested(clinic, directory: str, columns="slug", attendance=HABIT, episodes=STAY, **more) -> list[tuple]:
    meetings = f"slug name day time types location conference_url region\n{directory}"
    c = clinic("2026-10-04", attendance=attendance, episodes=episodes, meetings=meetings, **more)
    return [row[2:] for row in c.rows("meeting_suggestions", f"client_id, place, {columns}") if row[0] == "ann"]


def test_day_and_hour_at_which_the_client_goes_come_first(clinic):
    directory = f"""
    {HOME}
    other-day   Other-day   3 19:30 . hall . .
    same        Same        2 20:30 . hall . .
    other-hour  Other-hour  2 07:00 . hall . .
    neither     Neither     3 07:00 . hall . .
    """
    assert suggested(clinic, directory, "slug, day_share, hour_share") == [
        ("same", 1.0, 1.0),
        ("other-day", 0.0, 1.0),
        ("other-hour", 1.0, 0.0),
        ("neither", 0.0, 0.0),
    ]


def test_sunday_is_day_0_in_directory_and_calendar(clinic):
    attendance = "client_id meeting_date fellowship start_time\nann 2026-09-27 AA 10:00"
    directory = "on-sunday Sunday 0 10:00 . hall . .\non-monday Monday 1 10:00 . hall . ."
    assert suggested(clinic, directory, "slug, day_share", attendance=attendance) == [
        ("on-sunday", 1.0),
        ("on-monday", 0.0),
    ]


def test_weekdays_of_long_ago_are_right_too(clinic):
    """Dates may be old, or moved: 1999-09-28 was a Tuesday."""
    c = clinic(
        "1999-10-03",
        attendance="client_id meeting_date fellowship start_time\nann 1999-09-28 AA 19:30",
        episodes="client_id start_date\nann 1999-01-01",
        meetings="slug name day time\non-tuesday Tuesday 2 19:30\non-monday Monday 1 19:30",
    )
    assert c.rows("meeting_suggestions", "slug, day_share") == [("on-monday", 0.0), ("on-tuesday", 1.0)]


def test_a_meeting_held_on_several_days_is_suggested_once_on_the_best(clinic):
    assert suggested(clinic, f"{HOME}\nmany Many 0,2,5 19:00 . hall . .", "slug, day") == [("many", 2)]


NOT_SUGGESTED = [
    ("Gone . 19:30 . hall . .", "by appointment: no day"),
    ("Gone 2 . . hall . .", "by appointment: no time"),
    ("Gone 9 19:30 . hall . .", "no day of the week"),
    ("Gone Tuesdays 19:30 . hall . .", "no day of the format"),
    ("Gone 2 19:30 O,TC hall . .", "closed for now"),
    ("Gone 2 19:30 W hall . .", "for some, and the client has gone to none such"),
    ("Gone 2 19:30 O,S hall . .", "in a language that the client has not gone to"),
]


def test_what_is_not_suggested(clinic):
    entries = [f"gone-{n} {entry}" for n, (entry, _) in enumerate(NOT_SUGGESTED)]
    found = suggested(clinic, "\n".join([HOME, *entries, "fine Fine 5 07:00 . hall . ."]))
    assert [why for n, (_, why) in enumerate(NOT_SUGGESTED) if (f"gone-{n}",) in found] == []
    assert found == [("fine",)]


def test_a_restricted_meeting_is_suggested_to_clients_who_go_to_such_meetings(clinic):
    home = HOME.replace(" . hall", " W hall")
    assert suggested(clinic, f"{home}\nwomen Women 2 19:30 W hall . .\nmen Men 2 19:30 M hall . .") == [("women",)]


def test_mens_meetings_or_womens_by_where_the_client_has_gone_more(clinic):
    """How often a client has gone to a men's meeting, and to a women's; what is suggested."""
    cases = {(1, 0): ["men"], (0, 1): ["women"], (2, 1): ["men"], (1, 1): [], (0, 0): []}
    went, stays = [HABIT], [STAY]
    for mens, womens in cases:
        who = f"went-{mens}-{womens}"
        stays.append(f"{who} 2026-01-01 alcohol")
        went.append(HABIT.partition("\n")[2].replace("ann", who))
        went += [f"{who} 2026-09-1{n} AA 12:00 aa-men in_person" for n in range(mens)]
        went += [f"{who} 2026-09-2{n} AA 12:00 aa-women in_person" for n in range(womens)]
    meetings = """
    slug     name   day time  types location
    aa-men   Men    1   12:00 M     hall
    aa-women Women  1   12:00 W     hall
    men      Men    2   19:30 M     hall
    women    Women  2   19:30 W     hall
    both     Couple 2   19:30 M,W   hall
    """
    c = clinic("2026-10-04", attendance="\n".join(went), episodes="\n".join(stays), meetings=meetings)
    found = c.rows("meeting_suggestions", "client_id, slug", "client_id, place")
    for (mens, womens), suggests in cases.items():
        its = [slug for who, slug in found if who == f"went-{mens}-{womens}" and not slug.startswith("aa-")]
        assert its == suggests, (mens, womens)


def test_a_closed_meeting_is_of_the_fellowship_that_fits_the_addiction(clinic):
    """Closed: for those who have the desire to stop that the fellowship is about. The clients have gone nowhere yet."""
    fit = {"alcohol": "aa", "opioids": "na", "gambling": "ga", ".": None}
    stays = [f"{'nothing' if addiction == '.' else addiction} 2026-01-01 {addiction}" for addiction in fit]
    c = clinic(
        "2026-10-04",
        episodes="client_id start_date primary_addiction\n" + "\n".join(stays),
        attendance="client_id meeting_date fellowship meeting_id\n"
        + "\n".join(f"bob 2026-09-29 {name.upper()} {name}" for name in ("aa", "na", "ga")),
        meetings="slug name day time types location\nopen Open 2 19:30 O hall\n"
        + "\n".join(f"{slug} Closed 2 19:30 C hall" for slug in ("aa", "na", "ga", "of-nobody-knows-whom")),
    )
    found = c.rows("meeting_suggestions", "client_id, slug", "client_id, place")
    for addiction, fellowship in fit.items():
        who = "nothing" if addiction == "." else addiction
        assert [slug for client, slug in found if client == who] == ["open", *filter(None, [fellowship])], addiction


def test_a_closed_meeting_may_be_of_a_fellowship_that_the_client_goes_to(clinic):
    attendance = HABIT.replace(" AA ", " NA ") + "\nbob 2026-09-29 NA 19:30 na-closed in_person"
    found = suggested(clinic, "na-closed Closed 2 19:30 C hall . .", attendance=attendance)
    assert found == [("na-closed",)]


def test_a_suggestion_gives_the_place(clinic):
    meetings = [
        {"slug": "hall", "name": "Hall", "day": "2", "time": "19:30", "location": "Old Hall"}
        | {"formatted_address": "1 Mill Road, Elmford", "conference_url": "https://example.org/hall"},
        {"slug": "net", "name": "Net", "day": "2", "time": "19:30", "types": "TC", "location": "Old Hall"}
        | {"conference_phone": "+1 555 555 0100"},
    ]
    c = clinic("2026-10-04", attendance=HABIT, episodes=STAY, meetings=meetings)
    assert c.rows("meeting_suggestions", "slug, location, address, conference_url, conference_phone") == [
        ("hall", "Old Hall", "1 Mill Road, Elmford", "https://example.org/hall", None),
        ("net", None, None, None, "+1 555 555 0100"),
    ]


def test_kinds_kept_and_given_up(clinic):
    attendance = HABIT + "\nann 2026-05-05 AA 19:30 aa-spoke in_person"
    directory = f"""
    {HOME.replace(" . hall", " ST hall")}
    aa-spoke Spoke    2 12:00 SP hall . .
    step     Step     5 07:00 ST hall . .
    speaker  Speaker  5 07:00 SP hall . .
    neither  Neither  5 07:00 .  hall . .
    """
    found = suggested(clinic, directory, "slug, kept_kind, went_until::VARCHAR", attendance=attendance)
    assert found == [
        ("aa-spoke", None, "2026-05-05"),
        ("step", "Step Study", None),
        ("neither", None, None),
        ("speaker", None, None),
    ]


def test_newcomers_meetings_while_new(clinic):
    directory = f"{HOME}\nbe Newcomer 5 07:00 BE hall . .\nz-same Same 2 19:30 . hall . ."
    assert suggested(clinic, directory) == [("z-same",), ("be",)]
    new = suggested(clinic, directory, "slug, newcomer", episodes="client_id start_date\nann 2026-09-10")
    assert ("be", True) in new


@pytest.mark.parametrize(("admitted", "new"), [("2026-08-06", True), ("2026-08-05", False)])
def test_a_client_is_a_newcomer_for_60_days(clinic, admitted, new):
    directory = "for-new New 2 19:30 BE hall . ."
    episodes = f"client_id start_date\nann {admitted}"
    assert suggested(clinic, directory, "newcomer", episodes=episodes) == [(new,)]


def test_another_fellowship_is_not_suggested(clinic):
    more = "\nbob 2026-09-29 NA 19:30 na-one in_person\nbob 2026-09-29 AA 19:30 aa-two in_person"
    directory = (
        f"{HOME}\nna-one One 2 19:30 . hall . .\naa-two Two 2 19:30 . hall . .\nnobody Nobody 2 19:30 . hall . ."
    )
    assert suggested(clinic, directory, "slug, fellowship", attendance=HABIT + more) == [
        ("aa-two", "AA"),
        ("nobody", None),
    ]


def test_another_fellowship_that_fits_fills_up_five(clinic):
    """Ann goes to SMART, of which two more are listed; she is in treatment for alcohol, which AA fits and NA does not."""
    listed = [
        f"{kind}-{n} {kind}-{n} 5 07:00 . hall . ."
        for kind, many in (("smart", 2), ("aa", 6), ("na", 6))
        for n in range(many)
    ]
    others = [f"bob 2026-09-29 {each.split('-')[0].upper()} 19:30 {each.split()[0]} in_person" for each in listed]
    attendance = "\n".join([HABIT.replace(" AA ", " SMART "), *others])
    found = suggested(clinic, "\n".join(listed), "slug, fits", attendance=attendance)
    own = [("smart-0", False), ("smart-1", False)]
    assert found == [*own, ("aa-0", True), ("aa-1", True), ("aa-2", True)]


def test_online_and_in_person(clinic):
    directory = f"""
    {HOME}
    both    Both   2 19:30 .  hall https://example.org/x .
    by-net  Net    2 19:30 .  .    https://example.org/y .
    shut    Shut   2 19:30 TC hall https://example.org/z .
    unsaid  Unsaid 2 19:30 .  .    .                     .
    """
    assert suggested(clinic, directory, "slug, mode, mode_share") == [
        ("both", "both", 1.0),
        ("by-net", "online", 0.0),
        ("shut", "online", 0.0),
        ("unsaid", None, 0.0),
    ]


def test_without_a_history_newcomers_and_open_meetings_come_first(clinic):
    attendance = "client_id meeting_date fellowship\nbob 2026-09-29 AA"
    directory = "plain Plain 2 19:30 . hall . .\nopen Open 2 19:30 O hall . .\nnew New 2 19:30 BE hall . ."
    found = suggested(clinic, directory, attendance=attendance, episodes="client_id start_date\nann 2026-09-20")
    assert found == [("new",), ("open",), ("plain",)]


# AA in person: 3 points and 1.
@pytest.mark.parametrize(
    ("others", "told", "points"), [(10, False, 4.0), (11, True, 4.5), (29, True, 4.5), (30, True, 5.0)]
)
def test_others_who_stayed_count_and_are_mentioned_in_groups_of_eleven_or_more(clinic, others, told, points):
    days = ("2026-08-04", "2026-08-11", "2026-08-18", "2026-08-25")
    regulars = [f"c{n:02} {day} AA 19:30 aa-liked in_person" for n in range(others) for day in days]
    passing = [f"d{n:02} 2026-08-04 AA 19:30 aa-liked in_person" for n in range(20)]
    stays = [f"{each}{n:02} 2026-01-01 alcohol" for each, count in (("c", others), ("d", 20)) for n in range(count)]
    found = suggested(
        clinic,
        f"{HOME}\naa-liked Liked 5 07:00 . hall . .",
        "slug, others_stayed, points",
        attendance="\n".join([HABIT, *regulars, *passing]),
        episodes="\n".join([STAY, *stays]),
    )
    assert found == [("aa-liked", told, points)]


@pytest.mark.parametrize(
    ("others", "weeks", "kept"),
    [(10, 4, []), (11, 4, [(False,)]), (29, 4, [(False,)]), (30, 4, [(True,)]), (30, 3, [])],
)
def test_a_meeting_that_many_stayed_with(clinic, others, weeks, kept):
    came = [f"c{n:02} 2026-08-{4 + 7 * week:02} AA aa-liked" for n in range(others) for week in range(weeks)]
    stays = [f"c{n:02} 2026-01-01 alcohol" for n in range(others)]
    c = clinic(
        "2026-10-04",
        attendance="\n".join(["client_id meeting_date fellowship meeting_id", *came]),
        episodes="\n".join(["client_id start_date primary_addiction", *stays]),
    )
    assert c.rows("meeting_kept", "many") == kept


def test_what_counts_as_attended_lately(clinic):
    days = ("2026-10-04", "2026-08-10", "2026-08-09", "2026-04-06", "2026-04-05")  # 0, 55, 56, 181 and 182 days ago
    attendance = "client_id meeting_date fellowship\n" + "\n".join(f"ann {day} AA" for day in days)
    c = clinic("2026-10-04", attendance=attendance, episodes=STAY)
    assert c.rows("meeting_visit", "meeting_date::VARCHAR, late", "meeting_date DESC") == [
        ("2026-10-04", True),
        ("2026-08-10", True),
        ("2026-08-09", False),
        ("2026-04-06", False),
    ]


def test_ten_at_most(clinic):
    directory = "\n".join([HOME, *(f"m{n:02} M{n} {n % 7} 19:30 . hall . ." for n in range(30))])
    assert len(suggested(clinic, directory)) == 10


def test_another_time_zone_is_named(clinic):
    meetings = "slug name day time location timezone\n" + "\n".join(
        f"{slug} Name 2 19:30 hall {zone}"
        for slug, zone in [("a", "America/New_York"), ("b", "America/New_York"), ("c", "Europe/Paris"), ("d", ".")]
    )
    c = clinic("2026-10-04", attendance=HABIT, episodes=STAY, meetings=meetings)
    assert c.rows("meeting_suggestions", "slug, zone") == [("a", None), ("b", None), ("c", "Europe/Paris"), ("d", None)]


def test_a_meeting_for_women_is_withheld_however_its_types_are_written(clinic):
    written = ["C,W", "c, w", "Closed,Women", "closed , women", " W ", "Mujeres,Cerrada", "femmes"]
    meetings = [
        {"slug": types, "name": "Them", "day": "2", "time": "19:30", "types": types, "location": "hall"}
        for types in [*written, "O"]
    ]
    c = clinic("2026-10-04", attendance=HABIT, episodes=STAY, meetings=meetings)
    assert c.rows("meeting_suggestions", "slug") == [("O",)]


@pytest.mark.parametrize(
    ("slug", "fellowship", "types", "suggests"),
    [
        ("inquiry", "Recovery Dharma", "O,IS", True),
        ("rd-inquiry", None, "O,IS", True),
        ("icelandic", None, "O,IS", False),
        ("icelandic", "AA", "O,IS", False),
        ("healthy", "SLAA", "O,HR", True),
        ("croatian", "AA", "O,HR", False),
        ("parents", "Al-Anon", "O,POA", False),
        ("proof", "AA", "O,POA", True),
        ("gay-lesbian", "NA", "O,GL", False),
        ("unknown", "AA", "O,XYZ", False),
        ("unknown", None, "LGBTQI+", False),
        ("plain", None, "O", True),
        ("plain", "NA", "bt,To", True),
    ],
)
def test_a_types_meaning_is_its_fellowships_and_an_unknown_one_may_restrict(clinic, slug, fellowship, types, suggests):
    entry = {"slug": slug, "name": "One", "day": "2", "time": "19:30", "types": types, "location": "hall"}
    meetings = [entry | ({"fellowship": fellowship} if fellowship else {})]
    attendance = "client_id meeting_date fellowship\nbob 2026-09-29 AA"
    c = clinic("2026-10-04", attendance=attendance, episodes=STAY, meetings=meetings)
    assert c.rows("directory_slot", "slug") == [(slug,)]
    found = c.rows("directory_type", "slug", "slug")
    assert found
    assert c.rows("directory_type", "bool_or(for_some)", "1") == [(not suggests,)]


@pytest.mark.parametrize(
    ("entry", "slot"),
    [
        ({"attendance_option": "in_person", "formatted_address": "Elmford", "approximate": True}, ("in_person", "Elmford", None)),
        ({"attendance_option": "in_person", "formatted_address": "4 Quay", "conference_url": "x.org/1"}, ("in_person", "4 Quay", None)),
        ({"attendance_option": "hybrid", "formatted_address": "4 Quay", "conference_url": "x.org/1"}, ("both", "4 Quay", "x.org/1")),
        ({"attendance_option": "online", "conference_url": "x.org/1"}, ("online", None, "x.org/1")),
        ({"attendance_option": "online"}, None),
        ({"attendance_option": "inactive", "formatted_address": "4 Quay"}, None),
        ({"formatted_address": "4 Quay", "conference_url": "x.org/1"}, ("both", "4 Quay", "x.org/1")),
        ({"formatted_address": "Elmford", "approximate": True, "conference_url": "x.org/1"}, ("online", None, "x.org/1")),
        ({"formatted_address": "Elmford", "approximate": True}, None),
        ({"types": "ONL"}, None),
        ({"types": "ONL", "formatted_address": "Elmford", "approximate": True}, None),
        ({"types": "TC", "formatted_address": "4 Quay"}, None),
        ({"types": "TC", "formatted_address": "4 Quay", "conference_url": "x.org/1"}, ("online", None, "x.org/1")),
        ({"types": "TC", "attendance_option": "in_person", "formatted_address": "4 Quay"}, None),
        ({}, (None, None, None)),
    ],
)  # fmt: skip
def test_where_a_meeting_is_held(clinic, entry, slot):
    meetings = [{"slug": "one", "name": "One", "day": "2", "time": "19:30", **entry}]
    c = clinic("2026-10-04", attendance=HABIT, episodes=STAY, meetings=meetings)
    assert c.rows("directory_slot", "mode, address, conference_url") == ([] if slot is None else [slot])


def test_a_slug_on_several_days_is_several_slots_and_one_visit(clinic):
    meetings = [
        {"slug": "aa-home", "name": "Home", "day": str(day), "time": "19:30", "location": "hall"} for day in range(5)
    ]
    c = clinic("2026-10-04", attendance=HABIT, episodes=STAY, meetings=meetings)
    assert c.rows("directory_slot", "count(*)", "1") == [(5,)]
    assert c.rows("meeting_visit", "count(*)", "1") == [(3,)]


def test_how_much_each_reason_counts(clinic):
    """Against a meeting for which nothing speaks: another day and hour, online, of no fellowship."""
    directory = f"""
    {HOME}
    its-own  Name 4 07:00 .  .    https://meet.example .
    day      Name 2 07:00 .  .    https://meet.example .
    hour     Name 4 19:30 .  .    https://meet.example .
    mode     Name 4 07:00 .  hall .                    .
    open     Name 4 07:00 O  .    https://meet.example .
    plain    Name 4 07:00 .  .    https://meet.example .
    """
    attendance = f"{HABIT}\nbob 2026-09-28 AA 07:00 its-own online"
    points = dict(suggested(clinic, directory, "slug, points", attendance=attendance))
    assert {slug: each - points["plain"] for slug, each in points.items()} == {
        "its-own": 3.0,
        "day": 2.0,
        "hour": 2.0,
        "mode": 1.0,
        "open": 0.25,
        "plain": 0.0,
    }

"""A mapping profile reads a stranger's layout without editing a file."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.engine.duckdb import Engine
from pipelines.ingest.formats import SIGNS, date_format, time_format
from pipelines.ingest.layout import ProfileError

PROFILE = """
[[source]]
export = "attendance"
files = ["MutualHelp*.csv"]
encoding = "cp1252"
delimiter = ";"
date_format = "%m/%d/%Y"
time_format = "%I:%M %p"
unknown = ["UNK", "-9"]
[source.columns]
client_id = "Patient Key"
meeting_date = "Session Date"
fellowship = "Group Type"
start_time = "Clock"
participation = "Role"
[source.values.fellowship]
"A.A." = "AA"
[source.values.participation]
"Spoke" = "shared"
"Sat in" = "listened"
[source.constants]
site = "Riverside"

[[source]]
export = "episodes"
files = ["Stays*"]
decimal = ","
[source.columns]
client_id = "Key"
start_date = "From"
meetings_per_week = "Agreed"
"""

FOREIGN = """Patient Key;Session Date;Group Type;Clock;Role
AB-1;10/05/2026;a.a.;7:00 PM;Spoke
AB-1;10/06/2026;NA;UNK;-9
AB-1;13/45/2026;NA;;Sang
"""


def test_a_foreign_layout_comes_in(desk):
    files = {"MutualHelp_2026-10.csv": FOREIGN, "Stays.csv": 'Key,From,Agreed\nAB-1,2026-10-01,"2,5"\n'}
    desk.lay({**files, "checkins.csv": "client_id,checkin_date\n"}, smallest=False).take(profile=PROFILE)
    assert desk.stored("attendance", "meeting_date, fellowship, start_time, participation, site") == [
        (date(2026, 10, 5), "AA", "19:00", "shared", "Riverside"),
        (date(2026, 10, 6), "NA", None, None, "Riverside"),
    ]
    assert desk.stored("episodes", "client_id, meetings_per_week") == [("AB-1", 2.5)]
    assert desk.reasons() == [
        (
            "MutualHelp_2026-10.csv",
            4,
            "meeting_date",
            'meeting_date "13/45/2026" is not a date (%m/%d/%Y);'
            " participation is not one of listened, shared, service, chaired",
        )
    ]


@pytest.mark.parametrize(
    ("profile", "why"),
    [
        ("[[source]\n", "is not TOML"),
        ("a = 1\n", r"one or more \[\[source\]\]"),
        ('[[source]]\nexport = "visits"\nfiles = ["x"]\n', "`export` must be one of"),
        ('[[source]]\nexport = "tasks"\n', "`files` must name"),
        ('[[source]]\nexport = "tasks"\nfiles = ["x"]\nencodign = "utf-8"\n', "no setting 'encodign'"),
        ('[[source]]\nexport = "tasks"\nfiles = ["x"]\n[source.columns]\nwho = "Key"\n', "tasks has no column 'who'"),
        ('[[source]]\nexport = "tasks"\nfiles = ["x"]\n[source.columns]\ntask = "T"\n', "needs the column client_id"),
        ("source = [1]\n", r"one or more \[\[source\]\]"),
        ('[[source]]\nexport = ["tasks"]\nfiles = ["x"]\n', "`export` must be a text"),
    ],
)
def test_a_profile_that_does_not_fit_gets_a_reason(desk, profile, why):
    desk.lay({})
    with pytest.raises(ProfileError, match=why):
        desk.take(profile=profile)


STAYS = """
[[source]]
export = "episodes"
files = ["Stays*"]
{setting}
[source.columns]
client_id = "Key"
start_date = "From"
site = "Site"
meetings_per_week = "Agreed"
"""


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ('date_format = "%Q"', "`date_format` holds '%Q', which is not a known sign"),
        ('date_format = "%"', "`date_format` holds '%', which is not a known sign"),
        ('time_format = "%s"', "`time_format` holds '%s', which is not a known sign"),
        ('date_format = "JJJJ-MM-TT"', "`date_format` is not written in words that are known: write it like %m/%d/%Y"),
        ('date_format = "%m/%Y"', "`date_format` must hold the year, the month and the day"),
        ('date_format = "%Y"', "`date_format` must hold the year, the month and the day"),
        ('date_format = "%d %b"', "`date_format` must hold the year, the month and the day"),
        (
            'date_format = "%Y-%m-%dT%H:%M:%S%z"',
            r"`date_format` must not hold a time zone \(%z\): export dates and times",
        ),
        ('time_format = "%H:%M %Z"', r"`time_format` must not hold a time zone \(%Z\)"),
        ('time_format = "%M"', "`time_format` must hold the hour"),
        ('time_format = "%I:%M"', "`time_format` must say whether it is am or pm"),
        ('delimiter = "tab"', "`delimiter` must be a single sign"),
        ('delimiter = ";;"', "`delimiter` must be a single sign"),
        ("delimiter = '\"'", "`delimiter` must be a single sign"),
        ('decimal = "comma"', '`decimal` must be "." or ","'),
        ('decimal = ""', '`decimal` must be "." or ","'),
        ('encoding = "klingon"', "`encoding` names no known encoding"),
        ('encoding = "base64"', "`encoding` names no known encoding"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_before_any_file_is_read(desk, setting, why):
    desk.lay({})
    with pytest.raises(ProfileError, match=f"profile.toml, source 1: {why}"):
        desk.take(profile=STAYS.format(setting=setting))
    assert not desk.intakes


def test_the_engine_knows_every_sign_of_a_format():
    with Engine() as engine:
        for sign in SIGNS:
            engine.value("SELECT try_strptime('', $sign)", {"sign": sign})


@pytest.mark.parametrize(
    ("written", "signs"),
    [
        ("MM/DD/YYYY", "%m/%d/%Y"),
        ("dd.mm.yy", "%d.%m.%y"),
        ("YYYYMMDD", "%Y%m%d"),
        ("d mmm yyyy", "%d %b %Y"),
        ("MMMM D, YYYY", "%B %d, %Y"),
        ("M/D/YYYY h:mm AM/PM", "%m/%d/%Y %I:%M %p"),
        ("%m/%d/%Y", "%m/%d/%Y"),
        ("%G-W%V-%u", "%G-W%V-%u"),
        ("%Y %j", "%Y %j"),
    ],
)
def test_a_date_format_may_be_written_as_a_calendar_writes_it(written, signs):
    assert date_format(written) == signs


def test_a_time_format_may_be_written_as_a_clock_writes_it():
    written = ("HH:MM", "h:mm am/pm", "%H.%M", "HH:MM:SS")
    assert [time_format(each) for each in written] == ["%H:%M", "%I:%M %p", "%H.%M", "%H:%M:%S"]


def stays(desk, rows: str, setting: str) -> list[str]:
    """The reasons why rows of stays are rejected that are read by a profile with a setting."""
    desk.lay({"Stays.csv": f"Key;From;Agreed\n{rows}"}).take(profile=STAYS.format(setting=setting))
    return [reason for _, _, _, reason in desk.reasons()]


def test_a_point_among_decimal_commas_is_not_taken_for_one(desk):
    numbers = ("2,5", "2.5", "3", "1.000", "-1.234", "1.000,5")
    rows = "".join(f"AB-{n},2026-10-01,{text}\n".replace(",", ";", 2) for n, text in enumerate(numbers))
    either = "may be a number with decimals or with thousands: write it without the point"
    assert stays(desk, rows.replace("AB-", "AB-0"), 'decimal = ","') == [
        f'meetings_per_week "1.000" {either}',
        f'meetings_per_week "-1.234" {either}',
        "meetings_per_week is not a number of 0 or more",
    ]
    assert desk.stored("episodes", "meetings_per_week") == [(2.5,), (2.5,), (3.0,)]


def test_a_year_of_two_digits_where_the_format_has_four_is_said_so(desk):
    (reason,) = stays(desk, "AB-1;10/06/26;\n", 'date_format = "MM/DD/YYYY"')
    assert reason == "start_date has a year of two digits, and the format has one of four (%m/%d/%Y)"


def test_a_column_of_the_profile_that_a_file_lacks_is_reported(desk):
    assert stays(desk, "AB-1;2026-10-01;3\n", "") == []
    assert desk.count("Stays.csv").note == "the profile names columns that are not there, for site"


EVENTS = """
[[source]]
export = "attendance"
files = ["Events*"]
only = {Kind = "Meeting"}
[source.columns]
client_id = "Key"
meeting_date = "Day"
fellowship = "What"

[[source]]
export = "sessions"
files = ["Events*"]
only = {Kind = "Session"}
[source.columns]
client_id = "Key"
session_date = "Day"
status = "What"
"""


def test_rows_that_no_layout_of_a_file_takes_are_reported_by_their_lines(desk):
    kinds = ["Meeting", "session", "Meetng", "", "MEETING", "Meetng", "a", "b", "c", "d"]
    rows = "".join(
        f"AB-1,2026-10-0{n % 5 + 1},{kind},{'attended' if n == 1 else 'AA'}\n" for n, kind in enumerate(kinds)
    )
    desk.lay({"Events.csv": f"Key,Day,Kind,What\n{rows}"}).take(profile=EVENTS)
    assert [count.note for count in desk.intakes[-1].files if count.file == "Events.csv"] == [
        "8 rows passed over, as the profile's `only` says; no source of the profile takes 7 of them: "
        "see line 4 (2 rows), line 5 (1 rows, blank), line 8 (1 rows), line 9 (1 rows), line 10 (1 rows), "
        "and 1 rows of other words; columns not used: Kind",
        "9 rows passed over, as the profile's `only` says; columns not used: Kind",
    ]
    assert desk.stored("sessions", "client_id") == [("AB-1",)]

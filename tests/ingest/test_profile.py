"""A mapping profile reads a stranger's layout without editing a file."""

from __future__ import annotations

from datetime import date

import pytest

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
    ],
)
def test_a_profile_that_does_not_fit_gets_a_reason(desk, profile, why):
    desk.lay({})
    with pytest.raises(ProfileError, match=why):
        desk.take(profile=profile)

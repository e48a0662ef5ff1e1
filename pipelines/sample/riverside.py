"""A stranger's layout: another clinic's export files, and the mapping profile that reads them as they are."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

PROFILE = """\
# How the exports of Riverside read as Meshwork's. Ours on the left, theirs on the right.
#   meshwork run --exports data/sample/profiles/riverside --profile data/sample/profiles/riverside.toml --home DIR

[[source]]
export = "attendance"
files = ["MutualHelp*.csv"]
encoding = "cp1252"
delimiter = ";"
date_format = "%m/%d/%Y"
time_format = "%I:%M %p"
unknown = ["UNK"]

[source.columns]
client_id = "Patient Key"
meeting_date = "Session Date"
fellowship = "Group Type"
start_time = "Clock"
participation = "Role"

[source.values.fellowship]
"A.A." = "AA"
"N.A." = "NA"
"Café group" = "other"

[source.values.participation]
"Spoke" = "shared"
"Sat in" = "listened"
"Made coffee" = "service"

[source.constants]
site = "Riverside"
verification = "signed"

[[source]]
export = "checkins"
files = ["CheckIns*.csv"]
encoding = "cp1252"
delimiter = ";"
date_format = "%m/%d/%Y"
unknown = ["UNK", "-9"]

[source.columns]
client_id = "Patient Key"
checkin_date = "Contact Date"
status = "Outcome"
used = "Any Use"
has_sponsor = "Sponsor?"
step = "Step No"

[source.values.status]
"Done" = "completed"
"DNA" = "missed"

[source.values.used]
"Positive" = "yes"
"None" = "no"
"""


def write_riverside(folder: Path, seed: int) -> None:
    """Write the profile and a month of exports in its layout."""
    chance = Random(f"{seed}/riverside")
    exports = folder / "riverside"
    exports.mkdir(parents=True, exist_ok=True)
    attended = ["Patient Key;Session Date;Group Type;Clock;Role"]
    answered = ["Patient Key;Contact Date;Outcome;Any Use;Sponsor?;Step No"]
    for client in range(12):
        key = f"RV{1000 + 77 * client}"
        for week in range(4):
            monday = date(2026, 10, 5) + timedelta(days=7 * week)
            for weekday in chance.sample(range(7), chance.randint(0, 4)):
                group = chance.choice(("A.A.", "A.A.", "N.A.", "SMART", "Café group"))
                clock = chance.choice(("7:00 PM", "12:15 PM", "6:30 AM", "UNK"))
                role = chance.choice(("Spoke", "Sat in", "Sat in", "Made coffee", "UNK"))
                attended.append(f"{key};{monday + timedelta(days=weekday):%m/%d/%Y};{group};{clock};{role}")
            day = monday + timedelta(days=client % 5)
            if chance.random() < 0.85:
                use = chance.choice(("None", "None", "None", "None", "Positive", "UNK"))
                sponsor = chance.choice(("Y", "Y", "N", "UNK"))
                answered.append(f"{key};{day:%m/%d/%Y};Done;{use};{sponsor};{chance.choice((0, 1, 1, 2, 3, -9))}")
            else:
                answered.append(f"{key};{day:%m/%d/%Y};DNA;;;")
    (folder / "riverside.toml").write_text(PROFILE, "utf-8", newline="\n")
    (exports / "MutualHelp_2026-10.csv").write_text("\n".join([*attended, ""]), "cp1252", newline="\n")
    (exports / "CheckIns_2026-10.csv").write_text("\n".join([*answered, ""]), "cp1252", newline="\n")

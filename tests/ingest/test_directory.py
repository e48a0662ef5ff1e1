"""A meeting directory as websites, spreadsheets and broken downloads give it: what is read, and what is reported about the rest.

The directories beside this file have the shape of real feeds; their meetings are made up.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.ingest.intake import FileCount
from pipelines.ingest.layout import OWN
from pipelines.ingest.read.meeting_guide import source_of
from tests.ingest.conftest import Desk, a_desk

pytestmark = pytest.mark.slow
DIRECTORIES = Path(__file__).with_name("directories")


@dataclass
class Taken:
    """What became of one directory: those of this module lie in one store, each as a source of its own."""

    desk: Desk
    file: str

    def stored(self, columns: str) -> list[tuple[Any, ...]]:
        return self.desk.stored("meetings", columns, f"file = '{self.file}'")

    def left_out(self) -> list[tuple[int, str]]:
        return [(line, reason) for file, line, _, reason in self.desk.reasons() if file == self.file]

    @property
    def count(self) -> FileCount:
        return self.desk.count(self.file)


@pytest.fixture(scope="module")
def read(tmp_path_factory) -> Callable[[str | bytes | list[Any]], Taken]:
    """Takes in a directory: a name beside this file, entries, or bytes."""
    desk = a_desk(tmp_path_factory.mktemp("desk"))
    desk.lay({}).take()

    def taken(directory: str | bytes | list[Any]) -> Taken:
        if isinstance(directory, str):
            directory = (DIRECTORIES / directory).read_bytes()
        content = directory if isinstance(directory, bytes) else json.dumps(directory, indent=0)
        shutil.rmtree(desk.folder)
        name = f"meetings/of-{desk.runs}.json"
        desk.lay({name: content}, smallest=False).take()
        return Taken(desk, name)

    return taken


def meeting(**said) -> dict:
    return {"slug": "a", "name": "A", "day": 1, "time": "10:00", **said}


def test_a_websites_feed(read):
    taken = read("website.json")
    assert taken.stored("slug, name, day, time, end_time, types, region, timezone") == [
        ("across-the-river-2", "Across the River", "5", "05:00", None, "D,BE,ONL,XYZ", None, "America/Phoenix"),
        ("both-ways", "Both Ways", "0", "23:00", "00:00", "O", None, None),
        ("not-for-now", "Not for Now", "3", "12:00", None, "TC", None, None),
        (
            "womens-step-tradition",
            "Women's Step & Tradition",
            "1",
            "19:30",
            "20:30",
            "C,W,ST",
            "Elmford > Old Town",
            None,
        ),
    ]
    assert taken.stored("slug, location, formatted_address, conference_url, conference_phone") == [
        ("across-the-river-2", None, None, "https://zoom.example.org/j/123", "15555550101"),
        ("both-ways", "Library", "3 Mill Street, Elmford, NY, USA", "https://zoom.example.org/j/456", None),
        ("not-for-now", None, "9 Mill Street, Elmford, NY, USA", None, None),
        ("womens-step-tradition", "Grange Hall", "12 Mill Street, Elmford, NY, USA", None, None),
    ]
    assert taken.stored("attendance_option") == [("hybrid",), ("in_person",), ("inactive",), ("online",)]
    assert taken.left_out() == [], "that a meeting is inactive is no fault of its entry"


def test_a_spreadsheets_feed_on_one_line_counts_its_entries(read):
    taken = read("spreadsheet.json")
    assert taken.stored("slug, name, day, time, types, region, formatted_address") == [
        ("1", "Dawn Patrol", "1,2,3", "06:30", "O,D,X", "Elmford > Harbor", "4 Quay Road, Elmford, NY"),
        ("2", "By Appointment", None, None, None, None, None),
        ("5", "Twice", "4", "18:00", None, None, None),
        ("6", "Moved", "4", "18:00", None, None, None),
        ("6", "Moved", "4", "19:00", None, None, None),
    ]
    assert taken.left_out() == [
        (3, "day is not 0 (Sunday) to 6 (Saturday), or several of them"),
        (4, 'time "7:30 pm" is not a time of day (HH:MM)'),
        (9, "slug is missing"),
        (10, "day is not 0 (Sunday) to 6 (Saturday), or several of them"),
        (11, "name is missing"),
    ]
    count = taken.count
    assert (count.rows_read, count.accepted, count.known, count.rejected) == (11, 5, 1, 5)


def test_a_damaged_feed_gives_what_can_be_read(read):
    taken = read("damaged.json")
    assert taken.stored("day, slug, name, line") == [
        ("0", "emoji", "Emoji ?", 8),
        ("1", "first", "First", 2),
        ("3", "no-comma", "No Comma", 5),
        ("5", "after-open", "After Open", 7),
    ]
    unread = "the entry cannot be read: it is not written as JSON"
    assert taken.left_out() == [
        (4, unread),
        (6, unread),
        (9, "the entry is not a meeting"),
        (10, unread),
        (10, "the list breaks off here: the file may have been cut short"),
    ]


@pytest.mark.parametrize(
    ("said", "column", "stored"),
    [
        ({"day": [0, 6]}, "day", "0,6"),
        ({"day": "0, 6"}, "day", "0,6"),
        ({"day": {"0": 2, "2": 4}}, "day", "2,4"),
        ({"day": []}, "day", None),
        ({"day": None}, "day", None),
        ({"time": None}, "time", None),
        ({"time": "19:00:00"}, "time", "19:00"),
        ({"types": [{"code": "O"}, "D"]}, "types", "?,D"),
        ({"regions": ["Elmford", "Harbor"], "region": "Other"}, "region", "Elmford > Harbor"),
        ({"regions": [], "region": "Elmford"}, "region", "Elmford"),
        ({"region": "Elmford, NY"}, "region", "Elmford, NY"),
        ({"conference_url": "https://zoom.example.org/j/1?pwd=abc"}, "conference_url", "https://zoom.example.org/j/1"),
        ({"conference_url": "https://example.org/r?pwd=abc&id=7&tk=x#a"}, "conference_url", "https://example.org/r?id=7"),
        ({"conference_url": "https://www.example.org/view?meeting_id=158"}, "conference_url", "https://www.example.org/view?meeting_id=158"),
        ({"conference_url": "https://app.example.com/#/?meetingId=1"}, "conference_url", "https://app.example.com/#/?meetingId=1"),
        ({"conference_url": "https://teams.microsoft.com/meet/1?p=abc"}, "conference_url", "https://teams.microsoft.com/meet/1"),
        ({"conference_url": "https://teams.microsoft.com/l/" + "x" * 400}, "conference_url", "https://teams.microsoft.com/l/" + "x" * 400),
        ({"conference_url": "zoom.example.org/j/1"}, "conference_url", "zoom.example.org/j/1"),
        ({"conference_url": "javascript:alert(1).x"}, "conference_url", None),
        ({"conference_url": "https://user:word@example.org/1"}, "conference_url", None),
        ({"name": "x" * 255}, "name", "x" * 255),
        ({"attendance_option": " In-Person "}, "attendance_option", "in_person"),
        ({"attendance_option": "HYBRID"}, "attendance_option", "hybrid"),
        ({"attendance_option": ""}, "attendance_option", None),
        ({"location": "Zoom"}, "location", None),
        ({"location": "Online Meeting"}, "location", None),
        ({"location": "ZOOM - online only"}, "location", None),
        ({"location": "Zoomer Hall"}, "location", "Zoomer Hall"),
        ({"formatted_address": "Elmford, NY, USA"}, "approximate", True),
        ({"formatted_address": "4 Quay Road, Elmford, NY 13000, USA"}, "approximate", False),
        ({"formatted_address": "4 Quay Road, Elmford"}, "approximate", False),
        ({"formatted_address": "Quay Hall, Elmford, NY 13000, USA"}, "approximate", False),
        ({"formatted_address": "Main & First, Elmford, NY"}, "approximate", False),
        ({"formatted_address": "Quayweg 4, 12345 Elmstadt, Germany"}, "approximate", False),
        ({"formatted_address": "12345 Elmstadt, Germany"}, "approximate", True),
        ({"formatted_address": "42.1,-75.2"}, "approximate", True),
        ({"formatted_address": "4 Quay Road, Elmford, NY, USA", "approximate": "Yes"}, "approximate", True),
        ({"city": "Elmford", "state": "NY"}, "approximate", True),
        ({"address": "Quay Hall", "city": "Elmford"}, "approximate", False),
        ({}, "approximate", None),
        ({"conference_url": "to be told"}, "conference_url", None),
        ({"name": "Sober\n at\u0000 Sea "}, "name", "Sober at Sea"),
        ({"slug": 12}, "slug", "12"),
        ({"approximate": "yes", "formatted_address": "Elmford, NY"}, "formatted_address", "Elmford, NY"),
        ({"formatted_address": "Elmford, NY", "conference_url": "https://example.org/1"}, "formatted_address", None),
        ({"approximate": "yes", "formatted_address": "Elmford, NY", "conference_phone": "+1 555 555 0100"},
         "formatted_address", None),
        ({"attendance_option": "online", "location": "Elmford"}, "location", None),
        ({"attendance_option": "hybrid", "location": "Hall", "conference_url": "zoom.example.org/1"}, "location", "Hall"),
    ],
)  # fmt: skip
def test_one_value_in_many_spellings(read, said, column, stored):
    taken = read([meeting(**said)])
    assert taken.stored(column) == [(stored,)]
    assert taken.left_out() == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"day": 9}, "day is not 0 (Sunday) to 6 (Saturday), or several of them"),
        ({"day": [1, "Tuesday"]}, "day is not 0 (Sunday) to 6 (Saturday), or several of them"),
        ({"day": [[1]]}, "day is not 0 (Sunday) to 6 (Saturday), or several of them"),
        ({"time": "24:00"}, 'time "24:00" is not a time of day (HH:MM)'),
        ({"time": {"start": "10:00"}}, "time is not a time of day (HH:MM)"),
        ({"name": {"en": "A"}}, "name is missing"),
        ({"name": " "}, "name is missing"),
        ({"slug": None}, "slug is missing"),
    ],
)
def test_an_entry_is_left_out_with_its_reason_and_the_others_go_on(read, said, reason):
    taken = read([meeting(**said), meeting(slug="b", name="B", day=0)])
    assert taken.left_out() == [(2, reason)]
    assert taken.stored("slug") == [("b",)]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is not JSON"),
        (b"<html>Not found</html>", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"meetings": []}', "lists no meeting"),
        (b"[]", "lists no meeting"),
        (b'{"meeting": 1}', "must be a list of meetings"),
        (b'{"meetings": {"slug": "a"}}', "must be a list of meetings"),
        (json.dumps([meeting(day=n) for n in range(1, 8)]).encode(), "counts its days up to 7"),
    ],
)
def test_a_directory_that_cannot_be_trusted_is_refused_whole(read, content, why):
    taken = read(content)
    assert taken.count.status == "refused"
    assert why in taken.count.note
    assert taken.stored("slug") == []


def test_a_day_7_among_days_from_0_is_a_slip_of_its_entry_only(read):
    taken = read([meeting(slug=f"m{day}", day=day) for day in (0, 1, 7)])
    assert [slug for (slug,) in taken.stored("slug")] == ["m0", "m1"]
    assert len(taken.left_out()) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_directory_is_read_in_the_encoding_it_has(read, encoding):
    content = json.dumps([meeting(name="Café Clarté")], ensure_ascii=False).encode(encoding)
    assert read(content).stored("name") == [("Café Clarté",)]


def test_text_after_the_list_is_reported(read):
    taken = read(json.dumps([meeting()]).encode() + b"\n<!-- cached -->")
    assert taken.stored("slug") == [("a",)]
    assert taken.left_out() == [(1, "the list of meetings ends here: what follows was not read")]


def test_contacts_notes_and_passwords_are_nowhere_in_the_store(read):
    taken = read("website.json")
    stored = str(taken.stored("COLUMNS(*)"))
    for kept_out in ("Someone", "0100", "Ring the bell", "1234", "c2VjcmV0"):
        assert kept_out not in stored


def test_a_large_directory_is_read_in_a_moment_even_where_it_is_damaged(read):
    entries = [json.dumps(meeting(slug=f"m{n}")) for n in range(20_000)]
    entries[10] = '{"slug": "broken", '
    taken = read(("[" + ",\n".join(entries) + "]").encode())
    assert taken.count.accepted == 19_999
    assert taken.left_out() == [(11, "the entry cannot be read: it is not written as JSON")]


@pytest.mark.parametrize(
    "wrapped",
    [
        '{{"warnings": [], "meetings": {0}}}',
        '{{"meetings": {0}, "updated": "2026-10-01"}}',
        '{{"data": {0}}}',
    ],
)
def test_a_list_within_an_object_is_read(read, wrapped):
    taken = read(wrapped.format(json.dumps([meeting(), meeting(slug="b")])).encode())
    assert taken.stored("slug") == [("a",), ("b",)]
    assert taken.left_out() == []


def test_one_slug_on_several_days_keeps_every_day(read):
    taken = read([meeting(day=1), meeting(day=2), meeting(day=2, time="18:00"), meeting(day=3, name="Renamed")])
    assert taken.stored("day, time, name") == [
        ("1", "10:00", "A"), ("2", "10:00", "A"), ("2", "18:00", "A"), ("3", "10:00", "Renamed"),
    ]  # fmt: skip


BMLT = {
    "id_bigint": "17", "weekday_tinyint": "1", "venue_type": "1", "start_time": "19:00:00", "duration_time": "01:30:00",
    "formats": "O,BT,WC", "meeting_name": "Clean Start", "location_text": "Quay Hall", "location_street": "4 Quay Road",
    "location_municipality": "Elmford", "location_province": "NY", "location_info": "Ring the bell", "published": "1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "columns", "stored"),
    [
        ({}, "slug, name, day, time, end_time", ("17", "Clean Start", "0", "19:00", "20:30")),
        ({"weekday_tinyint": 7}, "day", ("6",)),
        ({"start_time": "23:30:00"}, "end_time", ("01:00",)),
        ({}, "types, fellowship, attendance_option", ("O,BT,WC", "NA", "in_person")),
        ({}, "location, formatted_address, region", ("Quay Hall", "4 Quay Road, Elmford, NY", "Elmford")),
        ({"venue_type": "2", "virtual_meeting_link": "https://example.org/j/1?pwd=x"},
         "attendance_option, location, formatted_address, conference_url",
         ("online", None, None, "https://example.org/j/1")),
        ({"venue_type": "3", "phone_meeting_number": "+1 555 555 0100"}, "attendance_option, conference_phone", ("hybrid", "+1 555 555 0100")),
        ({"venue_type": None, "formats": "O,VM"}, "attendance_option, types", ("online", "O")),
        ({"published": "0"}, "attendance_option", ("inactive",)),
    ],
)  # fmt: skip
def test_a_feed_of_bmlt_counts_its_days_from_1(read, said, columns, stored):
    taken = read([{**BMLT, **said}])
    assert taken.stored(columns) == [stored]
    assert taken.left_out() == []


@pytest.mark.parametrize("day", ["0", "8", "", None])
def test_a_day_that_bmlt_does_not_have_leaves_the_entry_out(read, day):
    taken = read([{**BMLT, "weekday_tinyint": day}, {**BMLT, "id_bigint": "18"}])
    assert taken.left_out() == [(2, "day is not 0 (Sunday) to 6 (Saturday), or several of them")]


def listed(desk) -> list[str]:
    return [slug for (slug,) in desk.stored("meetings", "slug")]


def test_a_later_list_replaces_the_one_before_it(desk):
    desk.lay({"meetings.json": json.dumps([meeting(slug="stays"), meeting(slug="goes")])}).take()
    desk.lay({"meetings.json": json.dumps([meeting(slug="stays"), meeting(slug="new")])}).take()
    assert listed(desk) == ["new", "stays"]
    assert desk.count("meetings.json").note == "1 meetings of the list before are no longer listed, and are withdrawn"
    desk.take()
    assert listed(desk) == ["new", "stays"]


def test_a_meeting_whose_entry_is_rejected_is_no_longer_what_it_was(desk):
    desk.lay({"meetings.json": json.dumps([meeting(slug="goes"), meeting(slug="bad"), meeting(slug="good")])}).take()
    desk.lay({"meetings.json": json.dumps([meeting(slug="bad", time="7:00 PM"), meeting(slug="good")])}).take()
    assert listed(desk) == ["good"]
    assert desk.count("meetings.json").note == (
        "1 meetings of the list before are no longer listed, and are withdrawn; "
        "1 meetings of the list before are withdrawn, because their entries are rejected"
    )


@pytest.mark.parametrize(
    "entries",
    [[meeting(slug="a", day="Monday"), meeting(slug="b", day="Monday")], [{"day": 1}, "closed"], [meeting(slug=None)]],
)
def test_a_list_of_which_nothing_can_be_taken_withdraws_nothing(desk, entries):
    desk.lay({"meetings.json": json.dumps([meeting(slug="a"), meeting(slug="b")])}).take()
    desk.lay({"meetings.json": json.dumps(entries)}).take()
    assert desk.count("meetings.json").rejected == len(entries)
    assert listed(desk) == ["a", "b"]
    assert desk.count("meetings.json").note == "nothing of the list can be taken, so that no meeting is withdrawn by it"


def test_a_list_that_returns_to_what_it_was_is_in_force_again(desk):
    first, second = json.dumps([meeting(slug="a"), meeting(slug="b")]), json.dumps([meeting(slug="a")])
    for content, lists in ((first, ["a", "b"]), (second, ["a"]), (first, ["a", "b"])):
        desk.lay({"meetings.json": content}).take()
        assert listed(desk) == lists


def test_of_dated_files_of_one_source_the_last_is_in_force_and_the_others_are_known(desk):
    files = {
        "meetings_2026-09.json": json.dumps([meeting(slug="old"), meeting(slug="both")]),
        "meetings_2026-10.json": json.dumps([meeting(slug="both")]),
        "meetings_county.json": json.dumps([meeting(slug="county")]),
    }
    desk.lay(files)
    for _ in range(3):
        desk.take()
        assert listed(desk) == ["both", "county"]
    assert desk.count("meetings_2026-09.json").known == 2
    (desk.folder / "meetings_2026-10.json").unlink()
    desk.take()
    assert listed(desk) == ["both", "county"], "a file that was there all along is no news"


def test_an_empty_list_is_refused_and_the_one_before_stays(desk):
    desk.lay({"meetings.json": json.dumps([meeting()])}).take()
    desk.lay({"meetings.json": "[]"}).take()
    assert desk.count("meetings.json").status == "refused"
    assert listed(desk) == ["a"]


def test_a_list_cut_short_withdraws_nothing(desk):
    whole = json.dumps([meeting(slug="a"), meeting(slug="b"), meeting(slug="c")], indent=0)
    desk.lay({"meetings.json": whole}).take()
    desk.lay({"meetings.json": whole.replace('"A"', '"Another"')[: len(whole) // 2]}).take()
    assert listed(desk) == ["a", "b", "c"]
    assert "no meeting is withdrawn" in desk.count("meetings.json").note


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("meetings.json", "meetings"),
        ("meetings_2026-10.json", "meetings"),
        ("meetings-2026-10-31.json", "meetings"),
        ("meetings20261031.json", "meetings"),
        ("Meetings (2).json", "meetings"),
        ("meetings_10-31-2026.json", "meetings"),
        ("meetings_aa_2026.json", "meetings-aa"),
        ("meetings/2026-10.json", "meetings"),
        ("meetings/na/x.json", "meetings/na/x"),
    ],
)
def test_a_source_is_the_files_name_without_its_date(name, source):
    assert source_of(name, OWN) == source

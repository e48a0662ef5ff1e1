"""Repeated, overlapping and corrected deliveries: each row counts once, and the latest version wins."""

from __future__ import annotations

from datetime import date

import pytest

HEAD = "client_id,checkin_date,source,substance,used,craving\n"


def counts(desk, file):
    count = desk.count(file)
    return count.accepted, count.known, count.rejected


def test_the_same_file_again_is_known_whatever_its_name(desk):
    desk.lay({"checkins.csv": HEAD + "AB-1,2026-10-05,,,no,3\nAB-2,2026-10-05,,,no,4\n"}).take()
    assert counts(desk, "checkins.csv") == (2, 0, 0)
    (desk.folder / "checkins.csv").rename(desk.folder / "checkins_october.csv")
    desk.take()
    assert counts(desk, "checkins_october.csv") == (0, 2, 0)
    assert len(desk.stored("checkins", "client_id")) == 2


def test_a_compressed_copy_of_a_file_is_the_same_file(desk):
    text = HEAD + "AB-1,2026-10-05,,,no,3\n"
    desk.lay({"checkins.csv": text, "checkins_copy.csv.gz": text}).take()
    assert counts(desk, "checkins.csv") == (1, 0, 0)
    assert counts(desk, "checkins_copy.csv.gz") == (0, 1, 0)


def test_an_overlapping_file_adds_what_is_new(desk):
    desk.lay({"checkins.csv": HEAD + "AB-1,2026-10-05,,,no,3\nAB-1,2026-10-12,,,no,3\n"}).take()
    desk.lay({"checkins.csv": HEAD + "AB-1,2026-10-12,,,no,3\nAB-1,2026-10-19,,,no,3\n"}).take()
    assert counts(desk, "checkins.csv") == (1, 1, 0)
    assert [day.day for (day,) in desk.stored("checkins", "checkin_date")] == [5, 12, 19]


def test_a_row_twice_in_a_file_counts_once(desk):
    desk.lay({"attendance.csv": "client_id,meeting_date,fellowship\n" + "AB-1,2026-10-05,AA\n" * 3}).take()
    assert counts(desk, "attendance.csv") == (1, 2, 0)
    assert desk.stored("attendance", "client_id") == [("AB-1",)]


def test_two_meetings_of_a_day_differ_by_time_or_meeting(desk):
    rows = "AB-1,2026-10-05,AA,07:00,a\nAB-1,2026-10-05,AA,19:00,a\nAB-1,2026-10-05,AA,,b\nAB-1,2026-10-05,AA,,\n"
    desk.lay({"attendance.csv": "client_id,meeting_date,fellowship,start_time,meeting_id\n" + rows}).take()
    assert counts(desk, "attendance.csv") == (4, 0, 0)


def test_a_later_line_file_and_run_restate_a_row(desk):
    desk.lay({"checkins_a.csv": HEAD + "AB-1,2026-10-05,,,no,3\nAB-1,2026-10-05,,,no,4\n"}).take()
    assert counts(desk, "checkins_a.csv") == (2, 0, 0)
    assert desk.stored("checkins", "client_id, craving")[-1] == ("AB-1", 4)
    desk.lay({"checkins_b.csv": HEAD + "AB-1,2026-10-05,,,no,5\n", "checkins_c.csv": HEAD + "AB-1,2026-10-05,,,no,6\n"})
    desk.take()
    assert desk.engine.value("SELECT craving FROM store.checkins WHERE craving IS NOT NULL") == 6
    (desk.folder / "checkins_a.csv").unlink()
    desk.lay({"checkins_0.csv": HEAD + "AB-1,2026-10-05,,,no,7\n"}).take()
    assert desk.engine.value("SELECT craving FROM store.checkins WHERE craving IS NOT NULL") == 7, "a later run"


@pytest.mark.parametrize("word", ["northside", "kowalczyk"])
def test_the_later_name_is_that_of_the_file_also_where_a_word_of_it_is_kept_as_a_number(desk, word):
    def month(n: int, waiting: str = "") -> str:
        return f"{HEAD}AB-1,2026-01-01,,,no,{n % 11}\nAB-1,2026-01-{n + 1:02},,,no,\n{waiting}"

    def restated() -> list[tuple]:
        return desk.stored("checkins", "craving, line", "checkin_date = '2026-01-01'")

    files = {f"checkins_{word}_{n:02}.csv": month(n, "AB-1,2026-10-12,,,no,\n") for n in range(1, 13)}
    desk.lay(files | {"checkins_clinic.csv": month(5)}).take(as_of=date(2026, 10, 5))
    assert restated() == [(1, 2)]
    desk.take(as_of=date(2026, 10, 12))
    assert desk.intakes[-1].clean, "each file was read again, for the row that waited for its day"
    assert restated() == [(1, 2)]


def test_an_old_file_delivered_again_does_not_restate_what_came_after_it(desk):
    old = HEAD + "AB-1,2026-10-05,,,no,3\nAB-2,not-a-date,,,no,3\n"
    desk.lay({"checkins_a.csv": old}).take()
    desk.lay({"checkins_b.csv": HEAD + "AB-1,2026-10-05,,,no,9\n"}).take()
    desk.take()
    assert counts(desk, "checkins_a.csv") == (0, 1, 1)
    assert desk.engine.value("SELECT craving FROM store.checkins WHERE craving IS NOT NULL") == 9


def test_a_row_too_early_for_its_as_of_date_is_taken_once_its_day_has_come(desk):
    desk.lay({"checkins.csv": HEAD + "AB-1,2026-10-05,,,no,3\nAB-1,2026-10-12,,,no,3\n"})
    desk.take(as_of=date(2026, 10, 6))
    assert counts(desk, "checkins.csv") == (1, 0, 1)
    desk.take(as_of=date(2026, 10, 12))
    assert counts(desk, "checkins.csv") == (1, 1, 0)
    desk.take(as_of=date(2026, 10, 12))
    assert counts(desk, "checkins.csv") == (0, 2, 0)


def test_a_row_that_was_taken_stays_though_an_earlier_as_of_date_is_asked_for(desk):
    desk.lay({"checkins.csv": HEAD + "".join(f"AB-1,2026-10-{day},,,no,3\n" for day in ("05", "12", "20"))})
    desk.take(as_of=date(2026, 10, 12))
    desk.take(as_of=date(2026, 10, 6))
    assert counts(desk, "checkins.csv") == (0, 1, 2)
    assert desk.engine.value("SELECT count(*) FROM store.checkins") == 2


def test_two_tests_of_a_day_that_disagree_are_a_mixed_result(desk):
    rows = (
        "AB-1,2026-10-05,toxicology,opioids,yes,\nAB-1,2026-10-05,toxicology,opioids,no,\n"
        "AB-1,2026-10-05,self_report,opioids,yes,\nAB-1,2026-10-05,self_report,opioids,no,\n"
    )
    desk.lay({"checkins.csv": HEAD + rows}).take()
    assert desk.stored("checkins", "source, used") == [
        ("self_report", False),
        ("toxicology", False),
        ("toxicology", True),
    ]


def test_rejected_rows_are_kept_once_however_often_the_file_comes(desk):
    desk.lay({"checkins.csv": HEAD + "AB-1,2026-13-05,,,no,3\n"}).take()
    before = desk.reasons()
    desk.take()
    assert desk.reasons() == before
    assert counts(desk, "checkins.csv") == (0, 0, 1)
    assert desk.engine.rows("SELECT DISTINCT run_id FROM store.rejected_rows") == [(2,)]

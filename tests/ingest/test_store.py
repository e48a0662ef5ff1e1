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


# --- a file that is written over, and one that corrects it ----------------------------------------------------------------


def says(craving: int, *more: int) -> str:
    """A check-in with that answer, and as many on later days as there are others."""
    later = "".join(f"AB-1,2026-10-{6 + n:02},,,no,{each}\n" for n, each in enumerate(more))
    return f"{HEAD}AB-1,2026-10-05,,,no,{craving}\n{later}"


def answer(desk) -> int:
    return desk.engine.value("SELECT craving FROM store.checkins WHERE checkin_date = '2026-10-05'")


@pytest.mark.parametrize("correction", ["checkins-correction.csv", "checkins_correction.csv"])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_file_that_grows_does_not_undo_what_another_file_has_corrected(desk, correction, at_once):
    desk.lay({"checkins.csv": says(3)}).take()
    desk.lay({correction: says(9)}, smallest=False)
    if not at_once:
        desk.take()
    desk.lay({"checkins.csv": says(3, 1)}, smallest=False).take()
    assert counts(desk, "checkins.csv") == (1, 1, 0)
    assert answer(desk) == 9
    desk.lay({"checkins.csv": says(3, 1, 2), correction: says(9, 1)}, smallest=False).take()
    assert counts(desk, "checkins.csv") == (1, 1 + 1, 0)
    assert answer(desk) == 9


def test_a_file_whose_own_answer_was_changed_back_is_taken_at_its_last_word(desk):
    for number, craving in enumerate((3, 9, 3)):
        desk.lay({"checkins.csv": says(craving, *[1] * number)}).take()
        assert answer(desk) == craving


def test_without_the_file_that_corrected_it_the_growing_one_is_the_later_word(desk):
    desk.lay({"checkins.csv": says(3)}).take()
    desk.lay({"checkins_z.csv": says(9)}).take()
    (desk.folder / "checkins_z.csv").unlink()
    desk.lay({"checkins.csv": says(3, 1)}).take()
    assert answer(desk) == 3
    desk.lay({"checkins.csv": says(3, 1, 2), "checkins_z.csv": says(9, 1)}).take()
    assert answer(desk) == 3, "now the other one grows, and says what was replaced"


def test_another_answer_of_the_growing_file_or_a_third_file_corrects_the_correction(desk):
    desk.lay({"checkins.csv": says(3)}).take()
    desk.lay({"checkins_b.csv": says(9)}, smallest=False).take()
    desk.lay({"checkins.csv": says(4)}, smallest=False).take()
    assert answer(desk) == 4
    desk.lay({"checkins_c.csv": says(3, 0)}, smallest=False).take()
    assert answer(desk) == 3


def test_of_a_replaced_row_no_value_is_kept_but_the_client(desk):
    desk.lay({"checkins.csv": says(3)}).take()
    desk.lay({"checkins_b.csv": says(9)}, smallest=False).take()
    own, other = desk.engine.rows("SELECT * FROM store.replaced ORDER BY line NULLS LAST")
    for export, client_id, content, key, *_ in (own, other):
        assert (export, client_id, len(content), len(key)) == ("checkins", "AB-1", 64, 64)
    assert list(own[4:]) == [1, 1, "checkins.csv", 2]
    assert list(other[4:]) == [2, 2, "checkins_b.csv", None], "this one says otherwise since the second run"
    desk.lay({"checkins_c.csv": says(3, 0)}, smallest=False).take()
    left = desk.engine.rows("SELECT delivered, file FROM store.replaced WHERE line IS NOT NULL")
    assert left == [(2, "checkins_b.csv")]


@pytest.mark.parametrize("growing", ["checkins.csv", "checkins_kowalczyk.csv", "checkins_48213977.csv"])
@pytest.mark.parametrize("correction", ["checkins_z.csv", "checkins_z_kowalczyk.csv", "checkins_z_48213977.csv"])
def test_a_file_is_the_same_whatever_is_beside_it_also_where_its_name_is_kept_as_a_number(desk, growing, correction):
    (desk.folder / "attendance.csv").write_text("client_id,meeting_date,fellowship\nAB-1,2026-10-05,AA\n")
    desk.lay({growing: says(3)}, smallest=False).take()
    desk.lay({correction: says(9)}, smallest=False).take()
    desk.lay({growing: says(3, 1), "absences.csv": "client_id,start_date,end_date\n"}, smallest=False).take()
    assert answer(desk) == 9
    kept = repr([desk.engine.rows(f"SELECT * FROM store.{table}") for table in ("files", "checkins", "replaced")])
    assert "kowalczyk" not in kept
    assert "48213977" not in kept


@pytest.mark.parametrize(
    ("deliveries", "last"),
    [
        # The file itself has since said what the other one says: that it changes its answer back is news.
        ([("checkins.csv", says(3)), ("checkins_b.csv", says(9)), ("checkins.csv", says(9, 1)), ("checkins.csv", says(3, 1))], 3),
        # So it is if it had the very bytes of the other one.
        ([("checkins.csv", says(3)), ("checkins_b.csv", says(9)), ("checkins.csv", says(9)), ("checkins.csv", says(3, 1))], 3),
        # It had changed its answer before the other one came.
        ([("checkins.csv", says(3)), ("checkins.csv", says(4)), ("checkins_b.csv", says(9)), ("checkins.csv", says(3, 1))], 3),
        # From then on the row is known again, and so is what the other file says, until that changes.
        ([("checkins.csv", says(3)), ("checkins_b.csv", says(9)), ("checkins.csv", says(9, 1)), ("checkins.csv", says(3, 1)), ("checkins_b.csv", says(9, 1))], 3),
        ([("checkins.csv", says(3)), ("checkins_b.csv", says(9)), ("checkins.csv", says(9, 1)), ("checkins.csv", says(3, 1)), ("checkins_b.csv", says(8)), ("checkins.csv", says(3, 1, 1))], 8),
        # A third file that only repeats the first one's row has not changed its answer.
        ([("checkins.csv", says(3)), ("checkins_c.csv", says(3, 1)), ("checkins_b.csv", says(9)), ("checkins.csv", says(9, 1)), ("checkins_c.csv", says(3, 1, 2))], 9),
    ],
)  # fmt: skip
def test_a_file_that_has_said_otherwise_since_repeats_no_old_row(desk, deliveries, last):
    desk.lay({}).take()
    (desk.folder / "checkins.csv").unlink()
    for name, text in deliveries:
        desk.lay({name: text}, smallest=False).take()
    assert answer(desk) == last


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


YES, NO, BLANK, MISSED = "completed,yes", "completed,no", "completed,", "missed,yes"


def results(desk) -> list[str]:
    words = {True: "yes", False: "no", None: ""}
    found = desk.stored("checkins", "status, used", "source = 'toxicology'")
    return sorted(f"{status},{words[used]}" for status, used in found)


@pytest.mark.parametrize("among", ["files", "lines", "files read again"])
@pytest.mark.parametrize(
    ("tests", "left"),
    [
        pytest.param([YES, NO], {YES, NO}, id="two results that disagree are a mixed result"),
        pytest.param([YES, MISSED], {MISSED}, id="a test that was missed after all has no result"),
        pytest.param([NO, BLANK], {BLANK}, id="a result is withdrawn"),
        pytest.param([BLANK, YES], {YES}, id="a result comes in later"),
        pytest.param([MISSED, BLANK], {BLANK}, id="two without a result restate one another"),
        pytest.param([YES, NO, NO], {YES, NO}, id="one of a mixed pair again: both stay"),
        pytest.param([YES, NO, MISSED], {MISSED}, id="a mixed result is withdrawn whole"),
        pytest.param([YES, BLANK, NO], {NO}, id="a result in place of another that was withdrawn"),
        pytest.param([YES, NO, BLANK, NO, YES], {YES, NO}, id="a mixed result in place of none"),
        pytest.param([BLANK, YES, BLANK, YES], {YES}, id="the last one counts"),
    ],
)
def test_a_toxicology_row_without_a_result_disagrees_with_nothing(desk, among, tests, left):
    head = "client_id,checkin_date,source,status,used,mood\n"
    rows = [f"AB-1,2026-10-05,toxicology,{test},{n % 11}\n" for n, test in enumerate(tests)]
    waiting = "AB-2,2026-10-12,,,no,\n" if among == "files read again" else ""
    files = [head + row + waiting for row in rows] if among != "lines" else [head + "".join(rows)]
    desk.lay({f"checkins_{n}.csv": text for n, text in enumerate(files)}).take(as_of=date(2026, 10, 5))
    for _ in range(2):
        assert results(desk) == sorted(left)
        desk.take(as_of=date(2026, 10, 12))
        assert sum(count.accepted for count in desk.intakes[-1].files) <= 1, "no more than the row that waited"


@pytest.mark.parametrize(
    ("second", "left"),
    [
        ([BLANK, YES], {YES}),
        ([BLANK, NO], {NO}),
        ([YES, BLANK], {BLANK}),
        ([NO], {YES, NO}),
        ([BLANK, NO, YES], {YES, NO}),
        ([NO, BLANK, YES], {YES}),
        ([YES, NO, BLANK, NO], {NO}),
    ],
)
def test_a_later_file_may_withdraw_a_result_and_state_one_again(desk, second, left):
    head = "client_id,checkin_date,source,status,used\n"
    desk.lay({"checkins_1.csv": f"{head}AB-1,2026-10-05,toxicology,{YES}\n"}).take()
    desk.lay({"checkins_2.csv": head + "".join(f"AB-1,2026-10-05,toxicology,{test}\n" for test in second)}).take()
    assert results(desk) == sorted(left)


def test_rejected_rows_are_kept_once_however_often_the_file_comes(desk):
    desk.lay({"checkins.csv": HEAD + "AB-1,2026-13-05,,,no,3\n"}).take()
    before = desk.reasons()
    desk.take()
    assert desk.reasons() == before
    assert counts(desk, "checkins.csv") == (0, 0, 1)
    assert desk.engine.rows("SELECT DISTINCT run_id FROM store.rejected_rows") == [(2,)]

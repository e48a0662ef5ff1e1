"""What was done about flags, and whether involvement came back: the tables that read the journal."""

from __future__ import annotations

import pytest

CARE_SPAN = """
client_id span:INTEGER start_date:DATE site  program therapist_id level_of_care primary_addiction
ann       1            2026-01-05      north day     t1           2.1           alcohol
bob       1            2026-01-05      south day     t1           1.0           .
"""
CARE_WEEK = """
client_id week:DATE  span:INTEGER therapist_id site  program level_of_care primary_addiction
ann       2026-06-01 1            t1           north day     2.1           alcohol
ann       2026-08-03 1            t1           north day     2.1           alcohol
bob       2026-06-01 1            t1           south day     1.0           .
"""
FLAGS = """
client_id week:DATE  kind          cleared_week:DATE
ann       2026-06-01 attendance    {ann}
bob       2026-06-01 participation {bob}
"""
ENTRIES = "entry_id written_on:DATE client_id flag_week:DATE outcome reason follow_up_on:DATE remind:BOOLEAN who\n"


BEGAN = "e0 2026-03-02 zed . contacted . . no t1\n"  # the journal's first entry, about somebody else


def followed(clinic, entries: str = "", *, as_of="2026-10-04", began=BEGAN, ann=".", bob=".", more_flags=""):
    flags = FLAGS.format(ann=ann, bob=bob) + more_flags
    journal = {"outreach": ENTRIES + began + entries} if began + entries else {}
    return clinic(as_of, care_span=CARE_SPAN, care_week=CARE_WEEK, decline_flags=flags, **journal)


def of_ann(clinic, columns: str) -> list[tuple]:
    return [row[1:] for row in clinic.rows("flag_response", f"client_id, {columns}", "week") if row[0] == "ann"]


@pytest.mark.parametrize(
    ("entries", "as_of", "acted_on", "days", "within_7", "still_open"),
    [
        # The flag of the week of 1 June can be seen from Monday 8 June; its seven days are over on Monday 15 June.
        ("", "2026-10-04", None, None, False, False),
        ("", "2026-06-14", None, None, None, True),
        ("", "2026-06-15", None, None, False, False),
        ("e1 2026-06-08 ann 2026-06-01 contacted . . no t1", "2026-10-04", "2026-06-08", 0, True, False),
        ("e1 2026-06-15 ann 2026-06-01 contacted . . no t1", "2026-10-04", "2026-06-15", 7, True, False),
        ("e1 2026-06-16 ann 2026-06-01 contacted . . no t1", "2026-10-04", "2026-06-16", 8, False, False),
        # A flag acted on counts at once.
        ("e1 2026-06-09 ann 2026-06-01 contacted . . no t1", "2026-06-10", "2026-06-09", 1, True, False),
        # Any act counts, also without naming the flag; what was done before the flag could be seen does not.
        ("e1 2026-06-09 ann . left_message . . no t1", "2026-10-04", "2026-06-09", 1, True, False),
        ("e1 2026-06-09 ann . no_contact_needed work_shift . no t1", "2026-10-04", "2026-06-09", 1, True, False),
        ("e1 2026-06-07 ann 2026-06-01 contacted . . no t1", "2026-10-04", None, None, False, False),
        ("e1 2026-06-10 ann 2026-06-01 contacted . . no t1", "2026-06-10", "2026-06-10", 2, True, False),
        # The first act counts.
        (
            "e1 2026-06-09 ann . left_message . . no t1\ne2 2026-06-20 ann . contacted . . no t1",
            "2026-10-04",
            "2026-06-09",
            1,
            True,
            False,
        ),
        # What was noted after the as-of date belongs to the next run.
        ("e1 2026-06-12 ann 2026-06-01 contacted . . no t1", "2026-06-11", None, None, None, True),
    ],
)
def test_acted_on(clinic, entries, as_of, acted_on, days, within_7, still_open):
    c = followed(clinic, entries, as_of=as_of)
    wanted = [(acted_on, days, within_7, still_open)]
    assert of_ann(c, "acted_on::VARCHAR, days_to_act, acted_within_7, still_open") == wanted


@pytest.mark.parametrize(
    ("began", "counted"),
    [
        ("", False),  # nobody has noted anything yet
        ("e0 2026-06-08 zed . contacted . . no t1\n", True),
        ("e0 2026-06-09 zed . contacted . . no t1\n", False),
        ("e0 2026-06-09 ann . contacted . . no t1\n", False),  # even where the first entry is about this client
        ("e0 2026-12-01 zed . contacted . . no t1\n", False),  # the next run's
    ],
)
def test_a_flag_older_than_the_journal_counts_against_nobody(clinic, began, counted):
    (row,) = of_ann(followed(clinic, began=began), "acted_within_7, still_open, contacted")
    assert row == ((False, False, False) if counted else (None, None, None))


@pytest.mark.parametrize(("as_of", "recent"), [("2026-11-29", True), ("2026-11-30", False)])
def test_a_caseload_page_counts_the_flags_of_26_weeks(clinic, as_of, recent):
    assert of_ann(followed(clinic, as_of=as_of), "recent") == [(recent,)]


@pytest.mark.parametrize(
    ("written_on", "acted"),
    [("2026-08-09", ("2026-08-09", None)), ("2026-08-10", (None, "2026-08-10")), ("2026-08-11", (None, "2026-08-11"))],
)
def test_an_entry_belongs_to_the_last_flag_that_could_be_seen(clinic, written_on, acted):
    c = followed(
        clinic,
        f"e1 {written_on} ann . contacted . . no t1",
        more_flags="ann 2026-08-03 attendance .\n",
        ann="2026-06-22",
    )
    assert of_ann(c, "week::VARCHAR, acted_on::VARCHAR") == [*zip(("2026-06-01", "2026-08-03"), acted, strict=True)]


@pytest.mark.parametrize(
    ("began", "as_of", "found"),
    [
        (BEGAN, "2026-07-11", {("acted_within_7", "all")}),
        (
            BEGAN,
            "2026-07-12",
            {("acted_within_7", "all"), ("back_within_4", "all"), ("back_within_4", "not contacted")},
        ),
        ("", "2026-07-12", {("back_within_4", "all")}),  # nobody notes anything
    ],
)
def test_a_flag_counts_once_its_answer_is_known(clinic, began, as_of, found):
    rows = followed(clinic, began=began, as_of=as_of).rows(
        "flag_response_group", "measure, contact, breakdown, denominator"
    )
    assert {row[:2] for row in rows} == found
    assert {row[3] for row in rows if row[2] == "all"} == {2}


@pytest.mark.parametrize(
    ("cleared", "as_of", "within_4", "within_8"),
    [
        # Counted from Monday 15 June, the flag's second, in weeks that are complete.
        ("2026-06-08", "2026-10-04", None, None),  # back before anybody could have helped: not counted
        ("2026-06-15", "2026-10-04", True, True),
        ("2026-06-15", "2026-07-11", None, None),  # back, but open flags are not counted yet either
        ("2026-07-06", "2026-10-04", True, True),
        ("2026-07-13", "2026-10-04", False, True),
        ("2026-08-03", "2026-10-04", False, True),
        ("2026-08-10", "2026-10-04", False, False),
        (".", "2026-10-04", False, False),
        (".", "2026-07-12", False, None),
        (".", "2026-07-11", None, None),  # the fourth week is not complete
        (".", "2026-08-09", False, False),
    ],
)
def test_back_at_usual(clinic, cleared, as_of, within_4, within_8):
    c = followed(clinic, as_of=as_of, ann=cleared)
    assert of_ann(c, "back_within_4, back_within_8") == [(within_4, within_8)]


def test_from_when_on_it_is_known_what_came_of_a_flag(clinic):
    """The flag of the week of 1 June can be seen from Monday 8 June: seven days, and the eight weeks after its second."""
    c = followed(clinic, as_of="2026-06-08")
    assert of_ann(c, "acted_known_on::VARCHAR, back_known_on::VARCHAR") == [("2026-06-15", "2026-08-09")]


def test_a_client_who_left_care_first_did_not_come_back(clinic):
    c = followed(clinic)  # bob left on 31 July, seven weeks on
    assert c.rows("flag_response", "client_id, back_within_4, back_within_8")[-1] == ("bob", False, False)


def test_contacted_or_not_is_settled_in_the_first_week(clinic):
    c = followed(
        clinic,
        "e1 2026-06-15 ann 2026-06-01 talked_in_session . . no t1\ne2 2026-06-16 bob 2026-06-01 contacted . . no t1\n"
        "e3 2026-06-22 ann . contacted . . no t1",
        ann="2026-06-29",
    )
    assert c.rows("flag_response", "client_id, contacted, spoke_on::VARCHAR") == [
        ("ann", True, "2026-06-15"),
        ("bob", False, "2026-06-16"),
    ]
    groups = c.rows("flag_response_group", "breakdown, measure, contact, numerator, denominator")
    assert [row[1:] for row in groups if row[0] == "all"] == [
        ("acted_within_7", "all", 1, 2),
        ("back_within_4", "all", 1, 2),
        ("back_within_4", "contacted", 1, 1),
        ("back_within_4", "not contacted", 0, 1),
        ("back_within_8", "all", 1, 2),
        ("back_within_8", "contacted", 1, 1),
        ("back_within_8", "not contacted", 0, 1),
    ]


def test_what_was_done_last(clinic):
    c = followed(
        clinic,
        "e1 2026-06-09 ann . contacted . . no t1\n"
        "e2 2026-06-20 ann . left_message . 2026-06-27 yes t1\n"
        "e3 2026-12-01 ann . contacted . . no t1",
    )
    assert c.rows(
        "contact_now",
        "client_id, last_outreach_on::VARCHAR, last_outcome, follow_up_on::VARCHAR, remind, last_spoke_on::VARCHAR",
    )[0] == ("ann", "2026-06-20", "left_message", "2026-06-27", True, "2026-06-09")


def test_of_two_entries_of_one_day_the_last_is_the_one_that_no_other_follows(clinic):
    c = followed(
        clinic,
        "e1 2026-06-20 ann . left_message . 2026-06-27 yes t1\n"
        "e2 2026-06-20 ann . contacted . . no t1\n"
        "e3 2026-06-09 ann . contacted . 2026-06-10 yes t1",
    )
    (last,) = [
        row[0] for row in c.rows("outreach_so_far", "entry_id, next_written_on, client_id") if row[1:] == (None, "ann")
    ]
    columns = "client_id, last_outreach_on::VARCHAR, last_outcome, follow_up_on::VARCHAR"
    assert (last, c.rows("contact_now", columns)[0]) == ("e2", ("ann", "2026-06-20", "contacted", None))

"""What the tables hold, in words."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from pipelines.contract import exports
from pipelines.settings import Settings
from pipelines.wording import amounts, clients, dates, exported, freshness, involvement, labels, sobriety, worklist


@pytest.mark.parametrize(
    ("status", "sober_days", "confirmed_days", "last_use_on", "confirmed_through", "words"),
    [
        ("sober", 124, 124, None, date(2026, 10, 29), "124 days, confirmed"),
        ("sober", 1, 1, date(2026, 10, 17), date(2026, 11, 1), "1 day, confirmed"),
        ("sober", 1204, 17, None, date(2026, 11, 1), "1,204 days, 17 confirmed"),
        ("sober", 0, 0, None, date(2026, 10, 29), "declared date not confirmed yet"),
        ("unknown", 124, 90, None, date(2026, 10, 12), "124 days, 90 confirmed, last confirmed 12 Oct"),
        ("unknown", 1, 1, date(2025, 9, 22), date(2025, 9, 23), "1 day, confirmed, last confirmed 23 Sep 2025"),
        ("unknown", None, None, None, None, "unknown"),
        ("unknown", None, None, date(2026, 10, 12), None, "unknown since use on 12 Oct"),
        ("unknown", 0, 0, date(2026, 10, 12), date(2026, 10, 7), "unknown since use on 12 Oct"),
        ("recent_use", 6, 6, date(2026, 10, 26), date(2026, 11, 1), "used 26 Oct"),
        ("recent_use", 0, 0, date(2026, 11, 1), date(2026, 11, 1), "used 1 Nov"),
        ("recent_use", None, None, date(2026, 10, 29), None, "used 29 Oct"),
    ],
)
def test_sobriety_shows_what_is_known_and_of_which_day(
    status, sober_days, confirmed_days, last_use_on, confirmed_through, words
):
    known = (status, sober_days, confirmed_days, last_use_on, confirmed_through)
    assert sobriety.sobriety(*known, date(2026, 11, 1)) == words


@pytest.mark.parametrize(
    ("confirmed", "declared", "unknown", "carried", "words"),
    [
        (74, 0, 0, 0, "74 days, all confirmed"),
        (17, 57, 0, 0, "74 days: 17 confirmed, the rest as declared"),
        (17, 0, 57, 0, "74 days: 17 confirmed, the rest unknown"),
        (17, 0, 0, 57, "74 days: 17 confirmed, the rest out of care"),
        (17, 40, 12, 5, "74 days: 17 confirmed, 40 as declared, 12 unknown, 5 out of care"),
        (17, 0, 52, 5, "74 days: 17 confirmed, 52 unknown, 5 out of care"),
    ],
)
def test_confirmed_declared_and_unknown_sober_days_are_distinguished(confirmed, declared, unknown, carried, words):
    kinds = {"confirmed": confirmed, "declared": declared, "unknown": unknown, "carried": carried}
    assert sobriety.day_kinds(74, **kinds) == words


@pytest.mark.parametrize(
    ("days", "confirmed", "words"),
    [(None, None, "unknown"), (1, 1, "1 day, all confirmed"), (40, 12, "40 days: 12 confirmed, the rest unknown")],
)
def test_the_longest_run(days, confirmed, words):
    assert sobriety.longest_run(days, confirmed) == words


def test_sober_days_are_counted_from_what_makes_the_first_of_them():
    since, until = date(2026, 8, 17), date(2026, 10, 30)
    for basis, words in (
        ("use", "the day after the last known use"),
        ("declared", "the declared sobriety date"),
        ("confirmed", "the first confirmed day"),
    ):
        said = sobriety.counted_from(basis, since, until)
        assert said == f"counted from 17 Aug 2026, {words}, to 30 Oct 2026, the last confirmed day"


@pytest.mark.parametrize(
    ("value", "low", "high", "known", "words"),
    [
        (96.4, 48.2, 98.2, 0.5, "96 % of known days; 48–98 % if unknown days are counted"),
        (96.4, 48.1, 98.2, 0.499, "48–98 % (50 % of days known)"),
        (100.0, 100.0, 100.0, 1.0, "100 % of known days"),
        (None, 0.0, 100.0, 0.0, "0–100 % (0 % of days known)"),
        (None, None, None, None, "unknown"),
    ],
)
def test_percent_days_abstinent_is_a_range_where_under_half_of_the_days_are_known(value, low, high, known, words):
    assert sobriety.days_abstinent(value, low, high, known) == words


@pytest.mark.parametrize(
    ("conflict", "words"),
    [
        (None, ""),
        ("after_last_use", "declared 1 May 2026, later than the last known use, 18 Apr 2026"),
        ("after_confirmed", "declared 1 May 2026, later than the last confirmed day, 20 Apr 2026"),
    ],
)
def test_a_declared_date_that_contradicts_what_is_known(conflict, words):
    known = (date(2026, 5, 1), date(2026, 4, 18), date(2026, 4, 20))
    assert sobriety.declared_conflict(conflict, *known) == words


@pytest.mark.parametrize(
    ("open_crises", "kind", "since", "words"),
    [
        (0, None, None, ""),
        (1, None, None, "A crisis is open."),
        (1, "housing", date(2026, 6, 1), "A housing crisis has been open since 1 June."),
        (2, "other", date(2026, 6, 1), "A crisis has been open since 1 June."),
        (1, None, date(2026, 6, 1), "A crisis has been open since 1 June."),
        (1, "legal", date(2025, 11, 2), "A legal crisis has been open since 2 November 2025."),
        (1, "employment", date(2026, 6, 1), "An employment crisis has been open since 1 June."),
    ],
)
def test_an_open_crisis(open_crises, kind, since, words):
    assert clients.crisis(open_crises, kind, since, date(2026, 11, 1)) == words


def test_every_kind_of_crisis_has_its_article():
    for kind in exports()["crises"].column("kind").codes:
        article, noun, *_ = clients.crisis(1, kind, date(2026, 6, 1), date(2026, 11, 1)).split()
        assert (article == "An") == noun.startswith(("a", "e", "i", "o", "u"))


@pytest.mark.parametrize(
    ("event", "reason", "judged", "judge_reason", "words"),
    [
        (
            "",
            "Averaged 3.1 meetings a week before, 0.7 since. Rare.",
            True,
            None,
            "Averaged 3.1 meetings a week before, 0.7 since.",
        ),
        (
            "A housing crisis has been open since 1 June.",
            "Averaged 3.1 meetings a week before, none since.",
            True,
            None,
            "A housing crisis has been open since 1 June. Averaged 3.1 meetings a week before, none since.",
        ),
        ("A crisis is open.", None, True, None, "A crisis is open. Meetings are not flagged."),
        ("A crisis is open.", None, False, "too few meetings to judge", "A crisis is open. Too few meetings to judge."),
        (
            "The last known use was on 30 October.",
            None,
            True,
            None,
            "The last known use was on 30 October. Meetings are not flagged.",
        ),
        (
            "The last known use was on 30 October.",
            None,
            False,
            None,
            "The last known use was on 30 October. Too little is recorded to judge.",
        ),
    ],
)
def test_why_a_client_is_called_first(event, reason, judged, judge_reason, words):
    assert clients.first_call(event, reason, judged, judge_reason) == words


def test_a_crisis_is_no_part_of_what_was_flagged_before_it():
    crisis, reason = "A medical crisis has been open since 19 October.", "Averaged 3.9 meetings a week. Rare."
    told = clients.flagged_before(crisis, reason, 3.9, 0.0, 4, date(2026, 10, 5), date(2026, 11, 1), near_usual=False)
    assert told == (
        "A medical crisis has been open since 19 October. Now 0.0 meetings a week (last 4 weeks), usually 3.9.",
        "When flagged (week of 5 Oct): averaged 3.9 meetings a week.",
    )
    told = clients.flagged_before("", reason, None, None, None, date(2025, 10, 6), date(2026, 11, 1), near_usual=None)
    assert told == ("", "When flagged (week of 6 Oct 2025): averaged 3.9 meetings a week.")


def test_the_last_known_use():
    assert clients.last_use(date(2026, 10, 30), date(2026, 11, 1)) == "The last known use was on 30 October."
    assert clients.last_use(None, date(2026, 11, 1)) == ""


@pytest.mark.parametrize(
    ("crises", "kind", "status", "away_until", "marks"),
    [
        (0, None, "sober", None, []),
        (1, "attendance", "recent_use", None,
         [("Open crisis", "strong"), ("Fewer meetings", "strong"), ("Used 26 Oct", "plain")]),
        (2, None, "unknown", date(2026, 11, 5), [("2 open crises", "strong"), ("Away until 5 November", "quiet")]),
    ],
)  # fmt: skip
def test_what_stands_out_about_a_client(crises, kind, status, away_until, marks):
    assert clients.marks(crises, kind, status, date(2026, 10, 26), away_until, date(2026, 11, 1)) == marks


@pytest.mark.parametrize(
    ("sentence", "cell"),
    [
        ("Not flagged.", "Not flagged"),
        ("Away 19 Oct to 5 Nov (vacation).", "Away 19 Oct to 5 Nov (vacation)"),
        ("No meeting yet. Others had.", "No meeting yet. Others had."),
    ],
)
def test_a_single_sentence_has_no_full_stop_in_a_cell(sentence, cell):
    assert clients.in_cell(sentence) == cell


@pytest.mark.parametrize(
    ("reason", "first", "rest"),
    [
        (
            "Averaged 3.1 meetings a week, 0.7 now. A flag this strong is rare.",
            "Averaged 3.1 meetings a week, 0.7 now.",
            "A flag this strong is rare.",
        ),
        ("Averaged 3.1 meetings a week, 0.7 now.", "Averaged 3.1 meetings a week, 0.7 now.", ""),
        (None, "", ""),
    ],
)
def test_a_reason_is_a_sentence_and_how_rare_it_is(reason, first, rest):
    assert involvement.why(reason) == (first, rest)


@pytest.mark.parametrize(
    ("value", "scale", "words"),
    [
        (1204.0, "count", "1,204"),
        (3.14, "rate", "3.1"),
        (0.456, "share", "46 %"),
        (0.0, "share", "0 %"),
        (0.005, "share", "under 1 %"),  # not none
        (0.0051, "share", "1 %"),
        (0.994, "share", "99 %"),
        (0.995, "share", "over 99 %"),  # not all
        (1.0, "share", "100 %"),
        (None, "rate", "–"),
        (float("nan"), "share", "–"),
    ],
)
def test_an_amount_reads_by_its_scale(value, scale, words):
    assert amounts.amount(value, scale) == words


@pytest.mark.parametrize(
    ("weeks", "of_flag", "words"),
    [
        (None, False, "no week counts yet"),
        (0, False, "none of the last 4 weeks counts"),
        (2, False, "2 of the last 4 weeks"),
        (4, False, "last 4 weeks"),
        (1, True, "last week"),
        (2, True, "last 2 weeks"),
        (6, True, "last 6 weeks"),
    ],
)
def test_the_recent_weeks(weeks, of_flag, words):
    assert involvement.recently(weeks, of_flag=of_flag) == words


@pytest.mark.parametrize(
    ("usual", "recent", "weeks", "words"),
    [
        (5.0, 0.8, 4, "Now 0.8 meetings a week (last 4 weeks), usually 5.0."),
        (5.0, 3.99, 4, "Now 4.0 meetings a week (last 4 weeks), usually 5.0."),
        (5.0, 4.0, 4, "Now 4.0 meetings a week (last 4 weeks), close to the usual 5.0."),  # from 0.8 of it on
        (5.0, 6.25, 4, "Now 6.3 meetings a week (last 4 weeks), close to the usual 5.0."),
        (5.0, 6.3, 4, "Now 6.3 meetings a week (last 4 weeks), above the usual 5.0."),
        (5.0, None, None, "Usually 5.0 meetings a week; no recent week counts."),
        (None, 1.1, 3, "Now 1.1 meetings a week (3 of the last 4 weeks); no usual level yet."),
        (None, None, None, ""),
    ],
)
def test_how_many_meetings_now(usual, recent, weeks, words):
    near_usual = None if recent is None or usual is None else recent >= 4.0
    assert involvement.meetings_now(usual, recent, weeks, near_usual=near_usual) == words


@pytest.mark.parametrize(
    ("usual", "recent", "words"),
    [
        (3.4, 1.0, "1.0 meetings a week recently; usually 3.4"),
        (None, 1.1, "1.1 meetings a week recently; no usual level yet"),
        (3.4, None, "usually 3.4 meetings a week"),
        (None, None, "no recent week counts"),
    ],
)
def test_a_level_of_meetings(usual, recent, words):
    assert involvement.level(usual, recent) == words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("hospital", "Away 19 Oct to 5 Nov (in hospital)."),
        (None, "Away 19 Oct to 5 Nov."),
        ("other", "Away 19 Oct to 5 Nov."),
        ("closure", "The site is closed 19 Oct to 5 Nov."),
    ],
)
def test_an_absence_gives_its_first_and_last_day(reason, words):
    assert clients.away(date(2026, 10, 19), date(2026, 11, 5), reason, date(2026, 11, 1)) == words
    assert clients.away(None, None, None, date(2026, 11, 1)) == ""


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (None, "no record"),
        (date(2026, 11, 23), "today"),
        (date(2026, 11, 22), "yesterday"),
        (date(2026, 10, 29), "29 Oct"),
        (date(2025, 10, 29), "29 Oct 2025"),
        (date(2026, 11, 24), "24 Nov"),
    ],
)
def test_a_day_needs_no_clock_to_be_read(day, words):
    assert dates.on(day, date(2026, 11, 23)) == words


@pytest.mark.parametrize(
    ("as_of", "basis", "words"),
    [
        (date(2026, 11, 16), "real", ""),
        (date(2026, 11, 15), "real", "The data are 8 days old. Nothing after 15 November is included."),
        (date(2026, 11, 1), "shifted", ""),
    ],
)
def test_data_older_than_a_week_get_a_warning(as_of, basis, words):
    assert freshness.stale(as_of, date(2026, 11, 23), basis) == words


@pytest.mark.parametrize(
    ("last_week", "basis", "weeks"),
    [
        (date(2026, 11, 16), "real", 0),  # ended yesterday
        (date(2026, 11, 9), "real", 1),
        (date(2026, 10, 26), "real", 3),
        (date(2026, 10, 26), "shifted", 0),
        (date(2026, 11, 23), "real", 0),
    ],
)
def test_how_many_weeks_have_ended_since(last_week, basis, weeks):
    assert freshness.weeks_since(last_week, date(2026, 11, 23), basis) == weeks


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        (None, ""),
        ("added", "added on 3 Aug 2026 after a correction of the records"),
        ("withdrawn", "the corrected records of 3 Aug 2026 no longer show a fall"),
        ("revised", "changed on 3 Aug 2026 after a correction of the records"),
        ("reopened", "in force again since 3 Aug 2026 after a correction of the records"),
    ],
)
def test_what_a_correction_did_to_a_flag(revision, words):
    assert involvement.corrected(revision, date(2026, 8, 3) if revision else None) == words


def test_how_many_flags_were_acted_on():
    words = "2 of 4 flags in the last 26 weeks were acted on within 7 days."
    assert involvement.response(2, 4, 7) == words
    assert involvement.response(0, 0, 7) == ""


@pytest.mark.parametrize(
    ("session", "checkin", "words"),
    [
        (date(2026, 10, 30), date(2026, 10, 27), "30 Oct (session)"),
        (date(2026, 10, 27), date(2026, 10, 30), "30 Oct (check-in)"),
        (date(2026, 10, 30), date(2026, 10, 30), "30 Oct (session)"),
        (None, date(2026, 11, 23), "today (check-in)"),
        (None, None, "no record"),
    ],
)
def test_when_and_how_a_client_was_seen(session, checkin, words):
    assert clients.seen(session, checkin, date(2026, 11, 23)) == words


@pytest.mark.parametrize(
    ("outcome", "reason", "about", "usual", "recent", "words"),
    [
        ("left_message", None, "fewer meetings", 3.4, 1.0,
         "26 Nov 2026: left a message about fewer meetings; 1.0 meetings a week, usually 3.4"),
        ("contacted", None, "an open crisis", None, None, "26 Nov 2026: contacted about an open crisis"),
        ("left_message", None, "reported use", 5.4, 2.3,
         "26 Nov 2026: left a message about reported use; 2.3 meetings a week, usually 5.4"),
        ("no_contact_needed", "work_shift", "fewer meetings", 3.4, 1.0,
         "26 Nov 2026: no contact needed (work shift): fewer meetings; 1.0 meetings a week, usually 3.4"),
        ("talked_in_session", None, "", 3.4, 3.5, "26 Nov 2026: talked in session"),
    ],
)  # fmt: skip
def test_a_line_for_the_health_record(outcome, reason, about, usual, recent, words):
    assert worklist.record_line(date(2026, 11, 26), outcome, reason, about, usual, recent) == words


@pytest.mark.parametrize(
    ("kind", "crises", "use", "words"),
    [
        ("attendance", 0, False, "fewer meetings"),
        ("participation", 1, True, "an open crisis and taking part less and reported use"),
        (None, 0, False, ""),
    ],
)
def test_what_a_call_is_about(kind, crises, use, words):
    assert worklist.about(kind, crises, use) == words


@pytest.mark.parametrize(
    ("settled", "words"),
    [(False, "Left a message 20 Nov, follow up 25 Nov"), (True, "Left a message 20 Nov, followed up since")],
)
def test_a_settled_follow_up_does_not_read_as_open(settled, words):
    day, follow_up = date(2026, 11, 20), date(2026, 11, 25)
    assert worklist.contact("left_message", None, day, follow_up, date(2026, 11, 26), settled=settled) == words


@pytest.mark.parametrize(
    ("until", "reason", "words"),
    [
        (date(2026, 11, 27), None, "until tomorrow"),
        (date(2026, 12, 3), "session", "seeing Thursday 3 Dec"),
        (date(2026, 11, 30), None, "until Monday 30 Nov"),
        (date(2027, 1, 4), None, "until Monday 4 Jan 2027"),
    ],
)
def test_until_when_a_client_is_snoozed(until, reason, words):
    assert worklist.snoozed(until, reason, date(2026, 11, 26)) == words


@pytest.mark.parametrize(
    ("name", "breakdown", "words"),
    [
        ("1.5", "level_of_care", "Level 1.5"),
        ("OTP", "level_of_care", "OTP"),
        ("unknown", "site", "Not recorded"),
        ("alcohol", "primary_addiction", "Alcohol"),
        ("T07", "therapist", "T07"),
        ("Mill Street", "site", "Mill Street"),
    ],
)
def test_a_group_by_its_name(name, breakdown, words):
    assert labels.member(name, breakdown) == words


def test_freshness():
    words = freshness.freshness(date(2026, 11, 1), datetime(2026, 11, 23, 9, 41), 3)
    assert words == "Data to Sunday 1 November 2026 · published 23 November 2026 09:41 · snapshot 3"


@pytest.mark.parametrize("basis", ["real", "shifted"])
def test_no_words_claim_that_the_data_are_de_identified(basis):
    words = labels.DATE_BASIS[basis]
    assert "not de-identified data" in words
    assert "Safe Harbor" not in words


@pytest.mark.parametrize(
    ("at", "low", "high", "said"),
    [
        (279.0, 204.0, 326.0, "median 279 days (204 to 326)"),
        (1279.0, 204.0, None, "median 1,279 days (204 to beyond the curve)"),
        (None, 204.0, None, "median not reached"),
    ],
)
def test_a_median_comes_with_its_interval_or_not_at_all(at, low, high, said):
    assert sobriety.median(at, low, high, "days") == said


@pytest.mark.parametrize(
    ("p_value", "said"),
    [
        (None, ""),
        (0.0004, "more than chance would explain (log-rank test over all groups, p < 0.001)"),
        (0.0494, "more than chance would explain (log-rank test over all groups, p = 0.049)"),
        (0.05, "no more than chance would explain (log-rank test over all groups, p = 0.050)"),
        (0.42, "no more than chance would explain (log-rank test over all groups, p = 0.42)"),
    ],
)
def test_the_log_rank_test_in_words(p_value, said):
    assert sobriety.log_rank(p_value) == (f"The groups differ {said}." if said else "")


@pytest.mark.parametrize(("mean", "said"), [(None, "–"), (0.0, "0.0"), (1.25, "1.3"), (2.44, "2.4"), (11.96, "12.0")])
def test_meetings_a_week_are_rounded_as_in_the_sentence_of_a_flag(mean, said):
    assert amounts.meetings_a_week(mean) == said


THURSDAY = date(2026, 12, 3)
IN_2027 = date(2027, 1, 5)


@pytest.fixture(params=["YYYY-MM-DD", "DD.MM.YYYY", "MM/DD/YYYY"])
def date_format(request):
    dates.follow(request.param)
    yield request.param
    dates.follow(Settings.date_format)


def test_days_are_in_the_order_in_which_the_clinic_writes_them(date_format):
    month_first = date_format == "MM/DD/YYYY"
    assert dates.calendar() == date_format
    for said, day_first, otherwise in (
        (dates.brief(THURSDAY, THURSDAY), "3 Dec", "Dec 3"),
        (dates.short_date(THURSDAY), "3 Dec 2026", "Dec 3, 2026"),
        (dates.full_date(THURSDAY), "3 December 2026", "December 3, 2026"),
        (dates.long_date(THURSDAY), "Thursday 3 December 2026", "Thursday, December 3, 2026"),
        (dates.weekday_and_day(THURSDAY, THURSDAY), "Thursday 3 Dec", "Thursday, Dec 3"),
        (dates.day_and_month(THURSDAY, THURSDAY), "3 December", "December 3"),
        (dates.stretch(date(2026, 11, 28), THURSDAY, THURSDAY), "28 Nov to 3 Dec", "Nov 28 to Dec 3"),
        (dates.brief(THURSDAY, IN_2027), "3 Dec 2026", "Dec 3, 2026"),
        (dates.day_and_month(THURSDAY, IN_2027), "3 December 2026", "December 3, 2026"),
        (dates.weekday_and_day(THURSDAY, IN_2027), "Thursday 3 Dec 2026", "Thursday, Dec 3, 2026"),
        (dates.stretch(THURSDAY, IN_2027, IN_2027), "3 Dec 2026 to 5 Jan", "Dec 3, 2026 to Jan 5"),
        (dates.stretch(THURSDAY, IN_2027, THURSDAY), "3 Dec to 5 Jan 2027", "Dec 3 to Jan 5, 2027"),
        (dates.stretch(date(2026, 11, 28), THURSDAY, IN_2027), "28 Nov to 3 Dec 2026", "Nov 28 to Dec 3, 2026"),
        (dates.period(THURSDAY, "week"), "week of 3 Dec 2026", "week of Dec 3, 2026"),
        (dates.on_axis(), "%-d %b", "%b %-d"),
        (dates.on_axis(full=True), "%-d %B %Y", "%B %-d, %Y"),
        (clients.away(date(2026, 11, 28), THURSDAY, "vacation", THURSDAY), "Away 28 Nov to 3 Dec (vacation).",
         "Away Nov 28 to Dec 3 (vacation)."),
    ):  # fmt: skip
        assert said == (otherwise if month_first else day_first)


INFERRED = "A client counts as in care from the first record on, until there has been none for 30 days."


@pytest.mark.parametrize(
    ("came_in", "came_empty", "sentence"),
    [
        (["episodes", "crises", "tasks"], [], ""),
        (["episodes"], ["crises"], "Not known, because it was not exported: tasks. Exported without any row: crises."),
        (["episodes"], ["crises", "tasks"], "Exported without any row: tasks; crises."),
        (
            ["crises", "tasks"],
            [],
            "Not known, because it was not exported: "
            f"admissions, discharges, therapists, programs and levels of care (episodes). {INFERRED}",
        ),
        (
            ["crises", "tasks"],
            ["episodes"],
            "Exported without any row: "
            f"admissions, discharges, therapists, programs and levels of care (episodes). {INFERRED}",
        ),
    ],
)
def test_what_was_not_exported_is_told_from_what_came_without_a_row(came_in, came_empty, sentence):
    assert exported.not_known(["episodes", "crises", "tasks"], came_in, came_empty) == sentence

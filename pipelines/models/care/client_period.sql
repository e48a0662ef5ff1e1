-- A row: a stay in one week or month (`complete` once that is over): how much of it counts, and what is recorded.
-- `exposure_days`: days in care less absences, closures and unreported weeks. Only days in care count.
-- `reported_days`: days in care outside the weeks that the site did not report.
-- `sponsor_contacts` and `step_work` are null if no completed check-in answers.
-- `use_symbol` (the notation of the CTNote library): `+` every check-in or test of the period that answers shows use,
-- `-` none does, `*` some do and some do not, `o` none was completed, `_` the period does not count.
-- Made client by client.
WITH excused AS (
    SELECT
        care_period.kind,
        care_period.client_id,
        care_period.stay,
        care_period.period,
        sum(
            overlap_days(care_period.from_day, care_period.to_day, excused_span.start_date, excused_span.end_date)
        ) AS days
    FROM care_period
    JOIN excused_span
        ON care_period.client_id = excused_span.client_id
        AND excused_span.start_date <= care_period.to_day
        AND excused_span.end_date >= care_period.from_day
    GROUP BY care_period.kind, care_period.client_id, care_period.stay, care_period.period
),

-- The site of each week: in a month with a transfer, it may differ from that at the month's end.
silent_days AS (
    SELECT care_period.client_id, care_period.stay, care_period.from_day, care_period.to_day
    FROM care_period
    JOIN silent_week
        ON coalesce(care_period.site, 'unknown') = silent_week.site AND care_period.period = silent_week.week
    WHERE care_period.kind = 'week'
),

-- A week lies in one month or two.
silent AS (
    SELECT 'week' AS kind, client_id, stay, week_of(from_day) AS period, from_day, to_day FROM silent_days
    UNION ALL
    SELECT 'month', client_id, stay, month_of(from_day), from_day, least(to_day, month_end(from_day)) FROM silent_days
    UNION ALL
    SELECT 'month', client_id, stay, month_of(to_day), month_of(to_day), to_day
    FROM silent_days
    WHERE month_of(to_day) > month_of(from_day)
),

unreported AS (
    SELECT kind, client_id, stay, period, sum(days_between(from_day, to_day) + 1) AS days
    FROM silent
    GROUP BY kind, client_id, stay, period
),

in_stay AS (
    SELECT stay.stay, client_day.*
    FROM client_day
    JOIN stay ON client_day.client_id = stay.client_id AND client_day.day BETWEEN stay.start_date AND stay.last_day
),

day_in_period AS (
    SELECT 'week' AS kind, week_of(day) AS period, * FROM in_stay
    UNION ALL
    SELECT 'month', month_of(day), * FROM in_stay
),

recorded AS (
    SELECT
        kind,
        client_id,
        stay,
        period,
        sum(meetings) AS meetings,
        count(*) FILTER (WHERE meetings > 0) AS meeting_days,
        sum(stated_meetings) AS stated_meetings,
        sum(active_meetings) AS active_meetings,
        sum(placed_meetings) AS placed_meetings,
        sum(in_person_meetings) AS in_person_meetings,
        sum(listed_meetings) AS listed_meetings,
        sum(home_group_meetings) AS home_group_meetings,
        sum(check_rows) AS check_rows,
        sum(checkins) AS checkins,
        sum(checkins_missed) AS checkins_missed,
        sum(checks_excused) AS checks_excused,
        sum(shows_use) AS shows_use,
        sum(shows_none) AS shows_none,
        sum(sponsor_contacts) AS sponsor_contacts,
        bool_or(step_work) AS step_work,
        sum(sessions_scheduled) AS sessions_scheduled,
        sum(sessions_attended) AS sessions_attended,
        sum(no_shows) AS no_shows
    FROM day_in_period
    GROUP BY kind, client_id, stay, period
)

SELECT
    care_period.*,
    CAST(care_period.in_care_days - coalesce(excused.days, 0) AS INTEGER) AS exposure_days,
    CAST(care_period.in_care_days - coalesce(unreported.days, 0) AS INTEGER) AS reported_days,
    CAST(coalesce(recorded.meetings, 0) AS INTEGER) AS meetings,
    CAST(coalesce(recorded.meeting_days, 0) AS INTEGER) AS meeting_days,
    CAST(coalesce(recorded.stated_meetings, 0) AS INTEGER) AS stated_meetings,
    CAST(coalesce(recorded.active_meetings, 0) AS INTEGER) AS active_meetings,
    CAST(coalesce(recorded.placed_meetings, 0) AS INTEGER) AS placed_meetings,
    CAST(coalesce(recorded.in_person_meetings, 0) AS INTEGER) AS in_person_meetings,
    CAST(coalesce(recorded.listed_meetings, 0) AS INTEGER) AS listed_meetings,
    CAST(coalesce(recorded.home_group_meetings, 0) AS INTEGER) AS home_group_meetings,
    CAST(coalesce(recorded.check_rows, 0) AS INTEGER) AS check_rows,
    CAST(coalesce(recorded.checkins, 0) AS INTEGER) AS checkins,
    CAST(coalesce(recorded.checkins_missed, 0) AS INTEGER) AS checkins_missed,
    CAST(coalesce(recorded.checks_excused, 0) AS INTEGER) AS checks_excused,
    CAST(coalesce(recorded.shows_use, 0) AS INTEGER) AS shows_use,
    CAST(coalesce(recorded.shows_none, 0) AS INTEGER) AS shows_none,
    CAST(recorded.sponsor_contacts AS INTEGER) AS sponsor_contacts,
    recorded.step_work,
    CAST(coalesce(recorded.sessions_scheduled, 0) AS INTEGER) AS sessions_scheduled,
    CAST(coalesce(recorded.sessions_attended, 0) AS INTEGER) AS sessions_attended,
    CAST(coalesce(recorded.no_shows, 0) AS INTEGER) AS no_shows,
    CASE
        WHEN care_period.in_care_days = coalesce(excused.days, 0) THEN '_'
        WHEN recorded.check_rows > 0 AND recorded.check_rows = recorded.checks_excused THEN '_'
        WHEN recorded.shows_use > 0 AND recorded.shows_none > 0 THEN '*'
        WHEN recorded.shows_use > 0 THEN '+'
        WHEN recorded.shows_none > 0 THEN '-'
        ELSE 'o'
    END AS use_symbol
FROM care_period
LEFT JOIN excused
    ON care_period.kind = excused.kind
    AND care_period.client_id = excused.client_id
    AND care_period.stay = excused.stay
    AND care_period.period = excused.period
LEFT JOIN unreported
    ON care_period.kind = unreported.kind
    AND care_period.client_id = unreported.client_id
    AND care_period.stay = unreported.stay
    AND care_period.period = unreported.period
LEFT JOIN recorded
    ON care_period.kind = recorded.kind
    AND care_period.client_id = recorded.client_id
    AND care_period.stay = recorded.stay
    AND care_period.period = recorded.period

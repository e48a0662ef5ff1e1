-- A row: an episode or stay that ended, and a measure that funders ask for, on the `day` from which its figure no longer
-- changes. Unknown outcomes count in no denominator. Stays inferred from records alone have no discharge.
-- `continuity_7`, `continuity_14`: of episodes at a residential or withdrawal-management level (3.1 to 3.7, or WM), whether
-- a session was attended, or care at another level began, within so many days after the episode (CBE 3453 and 3312). Clients
-- who died or were incarcerated are left out.
-- At the end of stays of 30 days and more: `ended_meetings_8`, eight mutual-help meetings or more in the last 30 days (TEDS
-- code 4), where the site reported in all of them; `ended_abstinent`, no use known in the last 30 days, where abstinence is
-- confirmed to within 14 days of the end; `ended_lower_level`, at a lower level of care than the first episode's.
WITH left_level AS (
    SELECT client_id, span, end_date, level_of_care
    FROM care_span
    WHERE NOT inferred
        AND end_date <= last_day
        AND (level_of_care LIKE '3%' OR level_of_care LIKE '%WM')
        AND coalesce(end_reason, '') NOT IN ('died', 'incarcerated')
),

service AS (
    SELECT left_level.client_id, left_level.span, min(days_between(left_level.end_date, sessions.session_date)) AS days
    FROM left_level
    JOIN sessions
        ON left_level.client_id = sessions.client_id
        AND sessions.status = 'attended'
        AND sessions.session_date > left_level.end_date
    GROUP BY left_level.client_id, left_level.span
    UNION ALL
    SELECT left_level.client_id, left_level.span, min(days_between(left_level.end_date, care_span.start_date))
    FROM left_level
    JOIN care_span
        ON left_level.client_id = care_span.client_id
        AND care_span.start_date >= left_level.end_date
        AND care_span.span <> left_level.span
        AND coalesce(care_span.level_of_care, '') <> left_level.level_of_care
    GROUP BY left_level.client_id, left_level.span
),

continued AS (
    SELECT left_level.client_id, left_level.span, left_level.end_date, min(service.days) AS days
    FROM left_level
    LEFT JOIN service ON left_level.client_id = service.client_id AND left_level.span = service.span
    GROUP BY left_level.client_id, left_level.span, left_level.end_date
),

ended AS (
    SELECT
        final.client_id,
        final.span,
        final.end_date,
        final.site,
        final.level_rank,
        admitted.level_rank AS first_level_rank
    FROM stay_episode AS final
    JOIN stay_episode AS admitted
        ON final.client_id = admitted.client_id AND final.stay = admitted.stay AND admitted.from_first = 1
    JOIN stay ON final.client_id = stay.client_id AND final.stay = stay.stay
    WHERE final.from_last = 1
        AND final.end_date <= final.last_day
        AND NOT final.inferred
        AND days_between(stay.start_date, final.end_date) >= 29
),

unreported AS (
    SELECT DISTINCT ended.client_id, ended.span
    FROM ended
    JOIN coverage_week
        ON coalesce(ended.site, 'unknown') = coverage_week.site
        AND NOT coverage_week.reported
        AND coverage_week.week <= ended.end_date
        AND days_between(add_days(coverage_week.week, 6), ended.end_date) <= 29
),

met AS (
    SELECT ended.client_id, ended.span, sum(client_day.meetings) AS meetings
    FROM ended
    JOIN client_day
        ON ended.client_id = client_day.client_id
        AND client_day.day <= ended.end_date
        AND days_between(client_day.day, ended.end_date) <= 29
    GROUP BY ended.client_id, ended.span
),

sobriety AS (
    SELECT
        ended.client_id,
        ended.span,
        CASE
            WHEN days_between(sobriety_known.last_use_day, ended.end_date) <= 29 THEN 0
            WHEN days_between(sobriety_known.confirmed_through, ended.end_date) <= rule('sobriety_known_days') THEN 1
        END AS abstinent
    FROM ended
    JOIN sobriety_known
        ON ended.client_id = sobriety_known.client_id
        AND ended.end_date >= sobriety_known.from_date
        AND (sobriety_known.until_date IS NULL OR ended.end_date <= sobriety_known.until_date)
)

SELECT
    continued.client_id,
    continued.span,
    add_days(continued.end_date, 7) AS day,
    'continuity_7' AS measure,
    CASE WHEN continued.days <= 7 THEN 1 ELSE 0 END AS numerator,
    1 AS denominator
FROM continued
CROSS JOIN clock
WHERE add_days(continued.end_date, 7) <= clock.as_of
UNION ALL
SELECT
    continued.client_id,
    continued.span,
    add_days(continued.end_date, 14),
    'continuity_14',
    CASE WHEN continued.days <= 14 THEN 1 ELSE 0 END,
    1
FROM continued
CROSS JOIN clock
WHERE add_days(continued.end_date, 14) <= clock.as_of
UNION ALL
SELECT
    ended.client_id,
    ended.span,
    ended.end_date,
    'ended_meetings_8',
    CASE WHEN coalesce(met.meetings, 0) >= 8 THEN 1 ELSE 0 END,
    1
FROM ended
LEFT JOIN met ON ended.client_id = met.client_id AND ended.span = met.span
LEFT JOIN unreported ON ended.client_id = unreported.client_id AND ended.span = unreported.span
WHERE unreported.client_id IS NULL
UNION ALL
SELECT ended.client_id, ended.span, ended.end_date, 'ended_abstinent', sobriety.abstinent, 1
FROM ended
JOIN sobriety ON ended.client_id = sobriety.client_id AND ended.span = sobriety.span
WHERE sobriety.abstinent IS NOT NULL
UNION ALL
SELECT
    ended.client_id,
    ended.span,
    ended.end_date,
    'ended_lower_level',
    CASE WHEN ended.level_rank < ended.first_level_rank THEN 1 ELSE 0 END,
    1
FROM ended
WHERE ended.level_rank IS NOT NULL AND ended.first_level_rank IS NOT NULL

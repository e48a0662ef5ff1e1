-- A row: an episode of care up to the as-of date, or, for a client without episodes, a stretch of days with records.
-- `span` numbers a client's rows, the earliest first. `last_day`: the last day in care so far. `end_date`: null while
-- the care continues.
-- Inferred stretches: records at most 30 days apart. A stretch ended on its last record once 30 days have passed
-- without another (after the episode rule of SAMHSA block-grant reporting, OMB 0930-0335).
-- `level_rank`: how much care, 0 the least. Levels of both ASAM editions rank in the order of their numbers.
-- Made client by client.
WITH recorded AS (
    SELECT client_id, meeting_date AS day, site FROM attendance
    UNION ALL
    SELECT client_id, checkin_date, NULL FROM checkins
    UNION ALL
    SELECT client_id, session_date, NULL FROM sessions
),

unnamed AS (
    SELECT client_id, day, max(site) AS site
    FROM recorded
    WHERE client_id NOT IN (SELECT client_id FROM episodes)
    GROUP BY client_id, day
),

broken AS (
    SELECT
        *,
        CASE
            WHEN days_between(lag(day) OVER (PARTITION BY client_id ORDER BY day), day) <= rule('silent_days') THEN 0
            ELSE 1
        END AS starts
    FROM unnamed
),

numbered AS (
    SELECT *, sum(starts) OVER (PARTITION BY client_id ORDER BY day) AS stretch FROM broken
),

inferred AS (
    SELECT
        client_id,
        min(day) AS start_date,
        CASE WHEN days_between(max(day), (SELECT as_of FROM clock)) > rule('silent_days') THEN max(day) END AS end_date,
        max_by(site, day) FILTER (WHERE site IS NOT NULL) AS site
    FROM numbered
    GROUP BY client_id, stretch
),

spans AS (
    SELECT
        client_id, start_date, end_date, therapist_id, site, program, level_of_care, primary_addiction, end_reason,
        meetings_per_week, false AS inferred
    FROM episodes
    UNION ALL
    SELECT client_id, start_date, end_date, NULL, site, NULL, NULL, NULL, NULL, NULL, true FROM inferred
)

SELECT
    client_id,
    CAST(row_number() OVER (PARTITION BY client_id ORDER BY start_date, program NULLS LAST) AS INTEGER) AS span,
    start_date,
    end_date,
    least(coalesce(end_date, clock.as_of), clock.as_of) AS last_day,
    therapist_id,
    site,
    program,
    level_of_care,
    CASE
        WHEN level_of_care IS NULL THEN NULL
        WHEN level_of_care IN ('0.5', '1', '1.0', '1.5', '1.7', 'OTP') THEN 0
        WHEN level_of_care LIKE '2%' THEN 1
        WHEN level_of_care LIKE '3%' THEN 2
        ELSE 3
    END AS level_rank,
    primary_addiction,
    end_reason,
    meetings_per_week,
    inferred
FROM spans
CROSS JOIN clock

-- A row: an episode of care up to the as-of date, or, for a client without episodes, a stretch of days with records at
-- one site.
-- `span` numbers a client's rows, the earliest first. `last_day`: the last day in care so far. `end_date`: null while
-- the care continues.
-- Inferred stretches: records at most 30 days apart. A stretch ended on its last record once 30 days have passed
-- without another (after the episode rule of SAMHSA block-grant reporting, OMB 0930-0335).
-- A stretch is at the first site that its records name, from its beginning if that is named within its first 30 days;
-- before a later one the site is unknown. It goes on in a row of its own once two days in a row, of those that name a
-- site, name another one: from the second of them. So one visit elsewhere moves nobody, and a move does not change
-- where a client was before.
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

stretches AS (
    SELECT
        client_id,
        stretch,
        min(day) AS start_date,
        CASE WHEN days_between(max(day), (SELECT as_of FROM clock)) > rule('silent_days') THEN max(day) END AS end_date
    FROM numbered
    GROUP BY client_id, stretch
),

named AS (
    SELECT client_id, stretch, day, site, lag(site) OVER (PARTITION BY client_id, stretch ORDER BY day) AS named_before
    FROM numbered
    WHERE site IS NOT NULL
),

settled AS (
    SELECT
        client_id,
        stretch,
        day,
        site,
        lag(site) OVER (PARTITION BY client_id, stretch ORDER BY day) AS settled_before
    FROM named
    WHERE named_before IS NULL OR named_before = site
),

moved AS (
    SELECT client_id, stretch, day, site FROM settled WHERE settled_before IS NULL OR settled_before <> site
),

placed AS (
    SELECT * FROM moved
    UNION ALL
    SELECT stretches.client_id, stretches.stretch, stretches.start_date, NULL
    FROM stretches
    LEFT JOIN moved
        ON stretches.client_id = moved.client_id
        AND stretches.stretch = moved.stretch
        AND days_between(stretches.start_date, moved.day) <= rule('silent_days')
    WHERE moved.client_id IS NULL
),

inferred AS (
    SELECT
        stretches.client_id,
        CASE WHEN lag(placed.day) OVER in_order IS NULL THEN stretches.start_date ELSE placed.day END AS start_date,
        coalesce(add_days(lead(placed.day) OVER in_order, -1), stretches.end_date) AS end_date,
        placed.site
    FROM stretches
    JOIN placed ON stretches.client_id = placed.client_id AND stretches.stretch = placed.stretch
    WINDOW in_order AS (PARTITION BY stretches.client_id, stretches.stretch ORDER BY placed.day)
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

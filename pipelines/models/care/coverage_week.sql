-- A row: a site in a complete week in which it has clients in care, and whether its exports have data for that week.
-- `reported`: false if no attendance or check-in row came; the week is then missing, not empty. A row counts for the
-- client's site on its day (received_week.sql); clients without a site count under `unknown`.
-- Published, ordered by site, week.
WITH received AS (
    SELECT site, week, sum(rows_received) AS rows_received
    FROM received_week
    GROUP BY site, week
),

present AS (
    SELECT coalesce(site, 'unknown') AS site, period AS week, count(*) AS clients
    FROM care_period
    WHERE kind = 'week' AND complete
    GROUP BY coalesce(site, 'unknown'), period
)

SELECT
    present.site,
    present.week,
    present.clients,
    CAST(coalesce(received.rows_received, 0) AS BIGINT) AS rows_received,
    received.rows_received IS NOT NULL AS reported
FROM present
LEFT JOIN received ON present.site = received.site AND present.week = received.week

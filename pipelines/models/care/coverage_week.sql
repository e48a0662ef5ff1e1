-- A row: a site in a complete week in which it has clients in care, and whether its exports have data for that week.
-- `reported`: false where no attendance or check-in row came; the week is then missing, not empty. A row counts for the
-- site of its client; clients without a site count under `unknown`.
-- Published, ordered by site, week.
WITH received AS (
    SELECT client_id, week_of(day) AS week, sum(meetings + check_rows) AS rows_received
    FROM client_day
    GROUP BY client_id, week_of(day)
)

SELECT
    coalesce(care_period.site, 'unknown') AS site,
    care_period.period AS week,
    count(*) AS clients,
    CAST(coalesce(sum(received.rows_received), 0) AS BIGINT) AS rows_received,
    coalesce(sum(received.rows_received), 0) > 0 AS reported
FROM care_period
LEFT JOIN received ON care_period.client_id = received.client_id AND care_period.period = received.week
WHERE care_period.kind = 'week' AND care_period.complete
GROUP BY coalesce(care_period.site, 'unknown'), care_period.period

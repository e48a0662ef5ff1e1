-- A row: a stretch of days that do not count for a client: planned absences, closures of the client's site, and weeks
-- that the site did not report. A client's stretches do not overlap.
-- A closure also applies to the days between two joined episodes: they are days in care, at the site of the previous
-- episode.
WITH client_absences AS (
    SELECT client_id, start_date, end_date FROM absences WHERE client_id IS NOT NULL
),

followed_on AS (
    SELECT
        client_id,
        start_date,
        lag(site) OVER so_far AS site_before,
        max(last_day) OVER (
            PARTITION BY client_id, stay ORDER BY from_first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS ended_before
    FROM stay_episode
    WINDOW so_far AS (PARTITION BY client_id, stay ORDER BY from_first)
),

at_site AS (
    SELECT client_id, site, start_date, last_day FROM stay_episode
    UNION ALL
    SELECT client_id, site_before, add_days(ended_before, 1), add_days(start_date, -1)
    FROM followed_on
    WHERE start_date > add_days(ended_before, 1)
),

closures AS (
    SELECT
        at_site.client_id,
        greatest(absences.start_date, at_site.start_date) AS start_date,
        least(absences.end_date, at_site.last_day) AS end_date
    FROM absences
    JOIN at_site ON absences.site = at_site.site
    WHERE absences.client_id IS NULL
        AND absences.start_date <= at_site.last_day
        AND absences.end_date >= at_site.start_date
),

unreported AS (
    SELECT care_period.client_id, care_period.from_day AS start_date, care_period.to_day AS end_date
    FROM care_period
    JOIN coverage_week
        ON coalesce(care_period.site, 'unknown') = coverage_week.site AND care_period.period = coverage_week.week
    WHERE care_period.kind = 'week' AND NOT coverage_week.reported
),

together AS (
    SELECT * FROM client_absences
    UNION ALL
    SELECT * FROM closures
    UNION ALL
    SELECT * FROM unreported
),

broken AS (
    SELECT
        *,
        max(end_date) OVER (
            PARTITION BY client_id ORDER BY start_date, end_date ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS ended_before
    FROM together
),

numbered AS (
    SELECT
        *,
        sum(CASE WHEN days_between(ended_before, start_date) <= 1 THEN 0 ELSE 1 END) OVER (
            PARTITION BY client_id ORDER BY start_date, end_date
        ) AS stretch
    FROM broken
)

SELECT client_id, min(start_date) AS start_date, max(end_date) AS end_date
FROM numbered
GROUP BY client_id, stretch

-- A row: a site (`unknown` where none is recorded) and the first day that its exports cover: the first attendance or
-- check-in row of one of its clients. A site without such a row starts with the clinic's first.
-- Delayed entry: Kaplan and Meier with left truncation, as in Klein and Moeschberger, Survival Analysis.
WITH received AS (
    SELECT site, min(first_day) AS first_day FROM received_week GROUP BY site
)

SELECT DISTINCT
    coalesce(care_span.site, 'unknown') AS site,
    coalesce(received.first_day, (SELECT min(day) FROM client_day WHERE meetings > 0 OR check_rows > 0)) AS first_day
FROM care_span
LEFT JOIN received ON coalesce(care_span.site, 'unknown') = received.site

-- A row: a site (`unknown` where none is recorded) and the first day that its exports cover: the first attendance or
-- check-in row of one of its clients. A site without such a row starts with the clinic's first.
-- Delayed entry: Kaplan and Meier with left truncation, as in Klein and Moeschberger, Survival Analysis.
WITH received AS (
    SELECT client_id, day FROM client_day WHERE meetings > 0 OR check_rows > 0
),

by_site AS (
    SELECT coalesce(care_span.site, 'unknown') AS site, min(received.day) AS first_day
    FROM care_span
    LEFT JOIN received
        ON care_span.client_id = received.client_id
        AND received.day BETWEEN care_span.start_date AND care_span.last_day
    GROUP BY coalesce(care_span.site, 'unknown')
)

SELECT site, coalesce(first_day, (SELECT min(day) FROM received)) AS first_day
FROM by_site

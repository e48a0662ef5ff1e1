-- A row: a site in a complete week with clients in care, and whether its exports hold check-ins (`has_checkins`) and
-- meetings (`has_meetings`) of that week. A week in which all meetings come to under a third of the month before (20 a week
-- and more) is taken for an export that broke off.
WITH total AS (
    SELECT site, week, sum(checkins) > 0 AS has_checkins, sum(meetings) AS meetings
    FROM care_week
    GROUP BY site, week
)

SELECT
    site,
    week,
    has_checkins,
    NOT coalesce(
        meetings * 3 < avg(meetings) OVER month_before AND avg(meetings) OVER month_before >= 20, false
    ) AS has_meetings
FROM total
WINDOW month_before AS (PARTITION BY site ORDER BY week ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING)

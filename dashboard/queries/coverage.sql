-- A row: a site in one of the last 52 complete weeks since the first that any site reported, and whether anything came
-- from it.
SELECT site, week::TIMESTAMP AS week, clients, rows_received, reported
FROM coverage_week
WHERE week > (SELECT max(week) FROM coverage_week) - 7 * 52
    AND week >= coalesce((SELECT min(week) FROM coverage_week WHERE reported), week)
ORDER BY site, week

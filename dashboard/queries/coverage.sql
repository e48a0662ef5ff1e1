-- A row: a site in one of the last 52 complete weeks, and whether anything came from it.
SELECT site, week::TIMESTAMP AS week, clients, rows_received, reported
FROM coverage_week
WHERE week > (SELECT max(week) FROM coverage_week) - 7 * 52
ORDER BY site, week

-- A row: a site with clients in care from which nothing came in the last complete week; and the last week in which
-- something did, null where nothing ever has.
SELECT site, max(week) FILTER (WHERE reported) AS reported_until
FROM coverage_week
GROUP BY site
HAVING max(week) = (SELECT max(week) FROM coverage_week) AND NOT max_by(reported, week)
ORDER BY site

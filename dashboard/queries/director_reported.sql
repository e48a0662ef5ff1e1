-- A row: a site with clients in care in the last complete week, and the last week that it reported, null if none.
-- `attended_until`: the last week for which its exports seem to hold all meetings; null if none.
SELECT
    coverage.site,
    max(coverage.week) FILTER (WHERE coverage.reported) AS last_reported,
    max(coverage.week) FILTER (WHERE coverage.reported AND site_week.has_attendance) AS attended_until,
    ended.week AS last_week
FROM coverage_week AS coverage
CROSS JOIN (SELECT max(week) AS week FROM coverage_week) AS ended
LEFT JOIN site_week ON coverage.site = coalesce(site_week.site, 'unknown') AND coverage.week = site_week.week
WHERE coverage.site IN (SELECT site FROM coverage_week JOIN (SELECT max(week) AS week FROM coverage_week) USING (week))
GROUP BY coverage.site, ended.week
ORDER BY last_reported NULLS FIRST, coverage.site

-- One row: the last week that an earlier run scored; null before there is one.
SELECT max(week) AS week FROM week_published

-- A row: the one row of the table holds the last week that an earlier run scored; null before there is one.
SELECT max(week) AS week FROM week_published

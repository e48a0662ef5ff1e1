-- One row: the first complete week that any site reported; null before there is one.
SELECT min(week) AS first_week FROM coverage_week WHERE reported

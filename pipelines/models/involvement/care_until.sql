-- A row: the one row of the table holds the last complete week in which any client was in care.
SELECT max(week) AS week FROM care_week

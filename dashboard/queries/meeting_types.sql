-- A row: a type of meetings and its name.
SELECT name, title
FROM meeting_type

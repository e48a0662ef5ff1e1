-- A row: a week in which a client has a home group (home_group.sql), and whether the client came to it (to one of them,
-- if there are two).
-- Made client by client.
WITH visit AS (
    SELECT DISTINCT client_id, meeting_id, week_of(meeting_date) AS week FROM attendance WHERE meeting_id IS NOT NULL
)

SELECT home_group.client_id, home_group.week, bool_or(visit.week IS NOT NULL) AS visited
FROM home_group
LEFT JOIN visit
    ON home_group.client_id = visit.client_id
    AND home_group.meeting_id = visit.meeting_id
    AND home_group.week = visit.week
GROUP BY home_group.client_id, home_group.week

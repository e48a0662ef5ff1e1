-- A row: a week in which a client has a home group, and whether the client came to it (to one of them, where there are two).
-- A home group is a meeting that the client came to in four of the eight weeks before: known by its slug in the meeting
-- directory, so only attendance with a `meeting_id` can show one. Once the client stays away, it counts until the fourth
-- last visit is eight weeks ago.
WITH visit AS (
    SELECT DISTINCT client_id, meeting_id, week_of(meeting_date) AS week FROM attendance WHERE meeting_id IS NOT NULL
),

regular AS (
    SELECT
        client_id,
        meeting_id,
        week,
        lag(week, 3) OVER (PARTITION BY client_id, meeting_id ORDER BY week) AS third_before
    FROM visit
),

home_group AS (
    SELECT client_id, meeting_id, add_days(week, 7) AS first_week, add_days(third_before, 56) AS last_week
    FROM regular
    WHERE days_between(third_before, week) <= 49
),

listed AS (
    SELECT client_id, meeting_id, weeks_from_to(first_week, last_week) AS weeks FROM home_group
),

due AS (
    SELECT DISTINCT listed.client_id, listed.meeting_id, due.week
    FROM listed
    CROSS JOIN LATERAL unnest(listed.weeks) AS due(week)
)

SELECT due.client_id, due.week, bool_or(visit.week IS NOT NULL) AS visited
FROM due
LEFT JOIN visit ON due.client_id = visit.client_id AND due.meeting_id = visit.meeting_id AND due.week = visit.week
GROUP BY due.client_id, due.week

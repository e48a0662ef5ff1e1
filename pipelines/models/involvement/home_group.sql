-- A row: a meeting that is a client's home group in a week. A home group is a meeting that the client came to in four
-- of the eight weeks before (rule `home_group_weeks`): known by its slug in the meeting directory, so only attendance
-- with a `meeting_id` can show one. Once the client stays away, it counts until the fourth last visit is eight weeks
-- ago.
-- Made client by client.
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

counting AS (
    SELECT
        client_id,
        meeting_id,
        weeks_from_to(add_days(week, 7), add_days(third_before, 7 * rule('home_group_weeks'))) AS weeks
    FROM regular
    WHERE days_between(third_before, week) < 7 * rule('home_group_weeks')
)

SELECT DISTINCT counting.client_id, counting.meeting_id, due.week
FROM counting
CROSS JOIN LATERAL unnest(counting.weeks) AS due(week)

-- A row: a meeting that a client in care attended in the last months (rule `suggested_by_weeks`), with the directory's
-- details if it is listed. `day`: of the week, 0 for Sunday, counted from a Sunday before any date that is accepted.
-- `late`: in the last weeks (rule `not_suggested_weeks`). `hour` is null if the export has no time.
-- Made client by client.
SELECT
    in_care_now.client_id,
    attendance.meeting_date,
    CAST(days_between(DATE '1989-01-01', attendance.meeting_date) % 7 AS INTEGER) AS day,
    CAST(substr(attendance.start_time, 1, 2) AS DOUBLE) + CAST(substr(attendance.start_time, 4, 2) AS DOUBLE) / 60
    AS hour,
    attendance.fellowship,
    CASE WHEN attendance.mode = 'in_person' THEN 'in_person' WHEN attendance.mode IS NOT NULL THEN 'online' END AS mode,
    attendance.meeting_id,
    meetings.region,
    days_between(attendance.meeting_date, clock.as_of) < 7 * rule('not_suggested_weeks') AS late
FROM in_care_now
CROSS JOIN clock
JOIN attendance
    ON in_care_now.client_id = attendance.client_id
    AND days_between(attendance.meeting_date, clock.as_of) < 7 * rule('suggested_by_weeks')
LEFT JOIN (
    SELECT slug, max(region) AS region FROM meetings GROUP BY slug
) AS meetings ON attendance.meeting_id = meetings.slug

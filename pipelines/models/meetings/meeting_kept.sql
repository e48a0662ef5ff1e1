-- A row: a meeting of the directory and a primary addiction, where clients with it stayed with the meeting: came in
-- four weeks or more. Only where 11 or more did, so that nobody can be recognised. `many`: 30 or more.
SELECT primary_addiction, meeting_id, count(*) >= 30 AS many
FROM (
    SELECT episodes.primary_addiction, attendance.meeting_id, attendance.client_id
    FROM attendance
    JOIN (
        SELECT client_id, max(primary_addiction) AS primary_addiction FROM episodes GROUP BY client_id
    ) AS episodes ON attendance.client_id = episodes.client_id
    WHERE attendance.meeting_id IS NOT NULL AND episodes.primary_addiction IS NOT NULL
    GROUP BY episodes.primary_addiction, attendance.meeting_id, attendance.client_id
    HAVING count(DISTINCT week_of(attendance.meeting_date)) >= 4
) AS regular
GROUP BY primary_addiction, meeting_id
HAVING count(*) >= 11

-- A row: a meeting of the directory and a primary addiction, if clients with that addiction stayed with the meeting,
-- that is, came in enough weeks (rule `stayed_weeks`). Only if enough clients did (rule `few_least`), so that nobody
-- can be recognised. `many`: whether many did (rule `stayed_many`).
SELECT primary_addiction, meeting_id, count(*) >= rule('stayed_many') AS many
FROM (
    SELECT episodes.primary_addiction, attendance.meeting_id, attendance.client_id
    FROM attendance
    JOIN (
        SELECT client_id, max(primary_addiction) AS primary_addiction FROM episodes GROUP BY client_id
    ) AS episodes ON attendance.client_id = episodes.client_id
    WHERE attendance.meeting_id IS NOT NULL AND episodes.primary_addiction IS NOT NULL
    GROUP BY episodes.primary_addiction, attendance.meeting_id, attendance.client_id
    HAVING count(DISTINCT week_of(attendance.meeting_date)) >= rule('stayed_weeks')
) AS regular
GROUP BY primary_addiction, meeting_id
HAVING count(*) >= rule('few_least')

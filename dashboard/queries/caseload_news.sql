-- A row: something that became known of a client of a caseload after the day $after, to which earlier data went.
-- A week is scored once it is complete, so a flag or its clearing of a week becomes known on that week's Sunday.
-- `back_at_usual`: a flag was cleared, and none is open now.
WITH mine AS (
    SELECT client_id, in_care_since, flagged, flag_week, priority
    FROM client_now
    WHERE $therapist_id IS NULL OR coalesce(therapist_id, 'unknown') = $therapist_id
),

event AS (
    SELECT client_id, 'flagged' AS event
    FROM mine
    WHERE flagged AND flag_week + 6 > $after
    UNION
    SELECT mine.client_id, 'back_at_usual' AS event
    FROM mine
    JOIN decline_flags ON mine.client_id = decline_flags.client_id
    WHERE NOT mine.flagged AND decline_flags.cleared_week + 6 > $after
    UNION
    SELECT client_id, 'new_in_care' AS event
    FROM mine
    WHERE in_care_since > $after
)

SELECT event.client_id, event.event
FROM event
JOIN mine ON event.client_id = mine.client_id
ORDER BY mine.priority, event.client_id, event.event

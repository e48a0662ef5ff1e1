-- A row: a meeting of the directory on a day of the week (0 Sunday … 6 Saturday): when, how and where it is held. A meeting
-- by appointment (no day or no time), on a day that is none, or closed for now (type TC), is no slot. `hour`: of its beginning, with
-- the minutes as a fraction. `fellowship`: the one under which clients attended it, since the format does not tell; null
-- where nobody did. `zone`: its time zone where that is not the directory's usual one; times are the meeting's own.
WITH named AS (
    SELECT meeting_id, max_by(fellowship, visits) AS fellowship
    FROM (
        SELECT meeting_id, fellowship, count(*) AS visits
        FROM attendance
        WHERE meeting_id IS NOT NULL
        GROUP BY meeting_id, fellowship
    ) AS visited
    GROUP BY meeting_id
),

usual_zone AS (
    SELECT timezone
    FROM meetings
    WHERE timezone IS NOT NULL
    GROUP BY timezone
    ORDER BY count(*) DESC, timezone
    LIMIT 1
)

SELECT
    meetings.slug,
    meetings.name,
    slot.day::INTEGER AS day,
    meetings.time,
    substr(meetings.time, 1, 2)::DOUBLE + substr(meetings.time, 4, 2)::DOUBLE / 60 AS hour,
    CASE
        WHEN meetings.conference_url IS NULL AND meetings.conference_phone IS NULL THEN 'in_person'
        WHEN meetings.formatted_address IS NULL AND meetings.location IS NULL THEN 'online'
        ELSE 'both'
    END AS mode,
    meetings.region,
    meetings.types,
    named.fellowship,
    CASE WHEN meetings.timezone <> (SELECT timezone FROM usual_zone) THEN meetings.timezone END AS zone
FROM meetings
CROSS JOIN LATERAL unnest(parts_of(meetings.day)) AS slot(day)
LEFT JOIN named ON meetings.slug = named.meeting_id
WHERE
    meetings.time IS NOT NULL
    AND slot.day IN ('0', '1', '2', '3', '4', '5', '6')
    AND NOT coalesce(list_contains(parts_of(meetings.types), 'TC'), false)

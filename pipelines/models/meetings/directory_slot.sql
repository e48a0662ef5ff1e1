-- A row: a meeting of the directory on a day of the week (0 Sunday … 6 Saturday): when, how and where it is held. A meeting
-- by appointment (no day or no time), on a day that is none, or closed for now, is no slot. `hour`: of its beginning, with
-- the minutes as a fraction. `mode`: in_person, online or both, null where it is not said. `fellowship`: the one under
-- which clients attended it, since the format does not tell; null where nobody did. `zone`: its time zone where that is
-- not the directory's usual one; times are the meeting's own.
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

-- A place that is closed for now (type TC) is none; the meeting may go on online.
listed AS (
    SELECT
        *,
        (formatted_address IS NOT NULL OR location IS NOT NULL)
        AND NOT coalesce(list_contains(parts_of(types), 'TC'), false) AS has_place,
        conference_url IS NOT NULL OR conference_phone IS NOT NULL AS has_conference,
        coalesce(list_contains(parts_of(types), 'TC'), false) AS closed_for_now
    FROM meetings
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
    listed.slug,
    listed.name,
    slot.day::INTEGER AS day,
    listed.time,
    substr(listed.time, 1, 2)::DOUBLE + substr(listed.time, 4, 2)::DOUBLE / 60 AS hour,
    CASE
        WHEN listed.has_place AND listed.has_conference THEN 'both'
        WHEN listed.has_conference THEN 'online'
        WHEN listed.has_place THEN 'in_person'
    END AS mode,
    listed.region,
    CASE WHEN listed.has_place THEN listed.location END AS location,
    CASE WHEN listed.has_place THEN listed.formatted_address END AS address,
    listed.conference_url,
    listed.conference_phone,
    listed.types,
    named.fellowship,
    CASE WHEN listed.timezone <> (SELECT timezone FROM usual_zone) THEN listed.timezone END AS zone
FROM listed
CROSS JOIN LATERAL unnest(parts_of(listed.day)) AS slot(day)
LEFT JOIN named ON listed.slug = named.meeting_id
WHERE
    listed.time IS NOT NULL
    AND slot.day IN ('0', '1', '2', '3', '4', '5', '6')
    AND (listed.has_conference OR NOT listed.closed_for_now)

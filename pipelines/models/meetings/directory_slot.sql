-- A row: a meeting of the directory on a day of the week (0 Sunday … 6 Saturday): when, how and where it is held. A meeting
-- by appointment (no day or no time), on a day that is none, closed for now, or of which is only known in which town it
-- is, is no slot. `hour`: of its beginning, with the minutes as a fraction. `mode`: in_person, online or both, null where
-- it is not said. `types`: the codes of directory_type. `zone`: its time zone where that is not the directory's usual
-- one; times are the meeting's own.
WITH types AS (
    SELECT
        slug,
        comma_list(array_agg(type)) AS types,
        bool_or(type = 'TC') AS closed_for_now,
        bool_or(type = 'ONL') AS said_online
    FROM directory_type
    GROUP BY slug
),

-- What an entry says of how one can take part counts before its address and its links. A place that is closed for now
-- (type TC) is none; the meeting may go on online.
listed AS (
    SELECT
        meetings.*,
        types.types AS codes,
        directory_fellowship.fellowship AS of_fellowship,
        coalesce(types.closed_for_now, false) AS closed_for_now,
        coalesce(types.said_online, false) AS said_online,
        (meetings.formatted_address IS NOT NULL OR meetings.location IS NOT NULL)
        AND coalesce(meetings.attendance_option, '') <> 'online'
        AND (NOT coalesce(meetings.approximate, false) OR coalesce(meetings.attendance_option, '') <> '')
        AND NOT coalesce(types.closed_for_now, false) AS has_place,
        meetings.conference_url IS NOT NULL OR meetings.conference_phone IS NOT NULL AS has_conference
    FROM meetings
    JOIN directory_fellowship ON meetings.slug = directory_fellowship.slug
    LEFT JOIN types ON meetings.slug = types.slug
),

usual_zone AS (
    SELECT timezone
    FROM meetings
    WHERE timezone IS NOT NULL
    GROUP BY timezone
    ORDER BY count(*) DESC, timezone
    LIMIT 1
),

held AS (
    SELECT
        *,
        CASE
            WHEN attendance_option = 'in_person' AND NOT closed_for_now THEN 'in_person'
            WHEN attendance_option = 'online' THEN 'online'
            WHEN has_place AND has_conference THEN 'both'
            WHEN has_conference OR said_online THEN 'online'
            WHEN has_place THEN 'in_person'
        END AS mode,
        parts_of(day) AS days
    FROM listed
)

SELECT
    held.slug,
    held.name,
    CAST(slot.day AS INTEGER) AS day,
    held.time,
    CAST(substr(held.time, 1, 2) AS DOUBLE) + CAST(substr(held.time, 4, 2) AS DOUBLE) / 60 AS hour,
    held.mode,
    held.region,
    CASE WHEN held.has_place AND held.mode <> 'online' THEN held.location END AS location,
    CASE WHEN held.has_place AND held.mode <> 'online' THEN held.formatted_address END AS address,
    CASE WHEN held.mode <> 'in_person' THEN held.conference_url END AS conference_url,
    CASE WHEN held.mode <> 'in_person' THEN held.conference_phone END AS conference_phone,
    held.codes AS types,
    held.of_fellowship AS fellowship,
    CASE WHEN held.timezone <> (SELECT timezone FROM usual_zone) THEN held.timezone END AS zone
FROM held
CROSS JOIN LATERAL unnest(held.days) AS slot(day)
WHERE
    held.time IS NOT NULL
    AND slot.day IN ('0', '1', '2', '3', '4', '5', '6')
    AND (held.has_conference OR (NOT held.closed_for_now AND coalesce(held.mode, '') <> 'online'))
    AND (held.mode IS NOT NULL OR NOT coalesce(held.approximate, false))

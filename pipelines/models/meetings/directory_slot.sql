-- A row: a meeting of the directory on one day of the week (0 Sunday … 6 Saturday): when, how and where it takes place.
-- Left out are meetings by appointment (no day or no time), with an invalid day, closed for now, or with only a town as
-- their place. `hour`: the starting time, minutes as a fraction. `mode`: in_person, online or both; null if unknown.
-- `types`: the codes of directory_type. `zone`: the meeting's time zone if it differs from the directory's usual one;
-- times are the meeting's own.
WITH types AS (
    SELECT
        slug,
        comma_list(array_agg(type)) AS types,
        bool_or(type = 'TC') AS closed_for_now,
        bool_or(type = 'ONL') AS said_online
    FROM directory_type
    GROUP BY slug
),

-- The entry's own statement of how to attend takes precedence over its address and links. A place closed for now (type
-- TC) does not count; the meeting may continue online.
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

entry AS (
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
    entry.slug,
    entry.name,
    CAST(slot.day AS INTEGER) AS day,
    entry.time,
    CAST(substr(entry.time, 1, 2) AS DOUBLE) + CAST(substr(entry.time, 4, 2) AS DOUBLE) / 60 AS hour,
    entry.mode,
    entry.region,
    CASE WHEN entry.has_place AND entry.mode <> 'online' THEN entry.location END AS location,
    CASE WHEN entry.has_place AND entry.mode <> 'online' THEN entry.formatted_address END AS address,
    CASE WHEN entry.mode <> 'in_person' THEN entry.conference_url END AS conference_url,
    CASE WHEN entry.mode <> 'in_person' THEN entry.conference_phone END AS conference_phone,
    entry.codes AS types,
    entry.of_fellowship AS fellowship,
    CASE WHEN entry.timezone <> (SELECT timezone FROM usual_zone) THEN entry.timezone END AS zone
FROM entry
CROSS JOIN LATERAL unnest(entry.days) AS slot(day)
WHERE
    entry.time IS NOT NULL
    AND slot.day IN ('0', '1', '2', '3', '4', '5', '6')
    AND (entry.has_conference OR (NOT entry.closed_for_now AND coalesce(entry.mode, '') <> 'online'))
    AND (entry.mode IS NOT NULL OR NOT coalesce(entry.approximate, false))

-- A row: one meeting of a meeting directory in the Meeting Guide format.
SELECT
    slug,
    name,
    day,
    time,
    end_time,
    timezone,
    types,
    location,
    formatted_address,
    region,
    conference_url,
    conference_phone,
    updated
FROM store.meetings

-- A row: one meeting of a meeting directory at one of its times, as its entry gives it. Inactive entries are left out.
-- If two directories list the same meeting, the entry changed last counts.
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
    attendance_option,
    approximate,
    conference_url,
    conference_phone,
    updated,
    source,
    fellowship
FROM store.meetings
WHERE coalesce(attendance_option, '') <> 'inactive'
QUALIFY row_number() OVER (PARTITION BY slug, day, time ORDER BY coalesce(updated, '') DESC, coalesce(source, '')) = 1

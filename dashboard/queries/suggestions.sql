-- A row: a meeting that suits the client, the best first; see meeting_suggestions.sql.
SELECT
    place,
    name,
    fellowship,
    day,
    time,
    zone,
    mode,
    region,
    location,
    address,
    conference_url,
    conference_phone,
    types,
    fellowship_share,
    day_share,
    hour_share,
    mode_share,
    region_share,
    kept_kind,
    fits,
    newcomer,
    open_to_all,
    others_stayed,
    went_until
FROM meeting_suggestions
WHERE client_id = $client_id
ORDER BY place

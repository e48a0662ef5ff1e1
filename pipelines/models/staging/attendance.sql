-- A row: one mutual-help meeting that a client attended, as known on the as-of date.
SELECT
    client_id,
    meeting_date,
    fellowship,
    start_time,
    meeting_id,
    mode,
    participation,
    verification,
    site
FROM store.attendance
WHERE meeting_date <= (SELECT as_of FROM clock)

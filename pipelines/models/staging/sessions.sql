-- A row: one scheduled therapy session, as known on the as-of date.
SELECT
    client_id,
    session_date,
    status,
    kind,
    topic
FROM store.sessions
WHERE session_date <= (SELECT as_of FROM clock)

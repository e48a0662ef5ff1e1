-- A row: an event of the client's story that has not ended before the first day asked for.
SELECT lane, start_date, end_date, label, state
FROM client_event
WHERE client_id = $client_id AND coalesce(end_date, DATE '9999-12-31') >= $since
ORDER BY lane, start_date, label

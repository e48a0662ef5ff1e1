-- A row: an open crisis of the client, the oldest first, and for how many days.
SELECT client_event.label AS kind, today.as_of - client_event.start_date AS days
FROM client_event
CROSS JOIN (SELECT as_of FROM runs ORDER BY run_id DESC LIMIT 1) AS today
WHERE client_event.client_id = $client_id AND client_event.lane = 'crisis' AND client_event.state = 'open'
ORDER BY client_event.start_date, client_event.label

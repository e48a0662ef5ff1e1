-- A row: an open crisis of the client, the oldest first.
SELECT client_event.label AS kind, client_event.start_date AS opened_on
FROM client_event
WHERE client_event.client_id = $client_id AND client_event.lane = 'crisis' AND client_event.state = 'open'
ORDER BY client_event.start_date, client_event.label

-- A row: a client of the snapshot, in care now or before.
SELECT client_id FROM client_week
UNION
SELECT client_id FROM client_now

-- A client in care has one row, and one place in a therapist's order.
SELECT client_id FROM client_now GROUP BY client_id HAVING count(*) > 1

-- A client in care stands once, and once in a therapist's order.
SELECT client_id FROM client_now GROUP BY client_id HAVING count(*) > 1

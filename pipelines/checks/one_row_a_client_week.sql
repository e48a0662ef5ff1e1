-- A client has one row in a week.
SELECT client_id, week FROM client_week GROUP BY client_id, week HAVING count(*) > 1

-- A week counts for at most all of it, and never for less than nothing.
SELECT client_id, week FROM client_week WHERE exposure < 0 OR exposure > 1

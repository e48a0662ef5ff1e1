-- A row: a therapist with clients in care on the as-of date (`unknown`: clients without one).
SELECT therapist_id, count(*) AS clients
FROM (SELECT coalesce(therapist_id, 'unknown') AS therapist_id FROM client_now)
WHERE $therapist_id IS NULL OR therapist_id = $therapist_id
GROUP BY therapist_id
ORDER BY therapist_id = 'unknown', therapist_id

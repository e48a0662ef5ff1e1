-- A row: a client of a caseload, in care on the as-of date, whatever is filtered.
SELECT client_id
FROM client_now
WHERE $therapist_id IS NULL OR coalesce(therapist_id, 'unknown') = $therapist_id
ORDER BY priority, client_id

-- A row: a client of a caseload, in care or not, whose window for a reassessment is open, and who has not been asked
-- yet; the window that closes first comes first.
SELECT client_id, admitted_on, left_on, window_closes
FROM reassessment
WHERE state = 'open' AND ($therapist_id IS NULL OR coalesce(therapist_id, 'unknown') = $therapist_id)
ORDER BY window_closes, client_id

-- One row: how many recent flags of a caseload can be judged, and how many of them somebody acted on in time; see
-- flag_response.sql. None before the journal's first entry.
SELECT
    count(*) FILTER (WHERE acted_within_7) AS acted,
    count(acted_within_7) AS flags
FROM flag_response
WHERE ($therapist_id IS NULL OR coalesce(therapist_id, 'unknown') = $therapist_id) AND recent

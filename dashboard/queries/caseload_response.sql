-- One row: the recent flags of a caseload of which it is known whether anybody acted on them in time, and of how many
-- somebody did; see flag_response.sql. None before the journal's first entry.
SELECT
    count(*) FILTER (WHERE acted_within_7) AS acted,
    count(acted_within_7) AS flags
FROM flag_response
WHERE ($therapist_id IS NULL OR coalesce(therapist_id, 'unknown') = $therapist_id) AND recent

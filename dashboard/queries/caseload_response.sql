-- One row: the flags of a caseload in the last 26 weeks of which it can be told whether anybody acted on them within 7
-- days, and of how many somebody did. None, while nobody has noted anything in the journal.
SELECT
    count(*) FILTER (WHERE acted_within_7) AS acted,
    count(acted_within_7) AS flags
FROM flag_response
CROSS JOIN (SELECT as_of FROM runs ORDER BY run_id DESC LIMIT 1) AS today
WHERE
    ($therapist_id IS NULL OR coalesce(flag_response.therapist_id, 'unknown') = $therapist_id)
    AND today.as_of - flag_response.week < 182
    AND EXISTS (SELECT 1 FROM outreach)

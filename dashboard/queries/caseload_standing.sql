-- A row: why a client of a caseload has to be called, in the order in which to call; and those of `$also`, even without
-- a reason.
SELECT
    client_now.client_id,
    client_now.call_first,
    CASE WHEN client_now.flagged THEN client_now.flag_week END AS flag_week,
    CASE WHEN client_now.open_crises > 0 THEN client_now.crisis_since END AS crisis_since,
    CASE
        WHEN client_now.sobriety_status = 'recent_use' THEN (today.as_of - client_now.days_since_use::INTEGER)::DATE
    END AS last_use_on,
    client_now.last_session AS seen_on
FROM client_now
CROSS JOIN (SELECT as_of FROM runs ORDER BY run_id DESC LIMIT 1) AS today
WHERE
    ($therapist_id IS NULL OR coalesce(client_now.therapist_id, 'unknown') = $therapist_id)
    AND (client_now.call_first OR list_contains($also, client_now.client_id))
ORDER BY client_now.priority, client_now.client_id

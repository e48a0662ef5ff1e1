-- A row: a client in care, with why the client may have to be called, in the order to call; and what became known in
-- the last `?` days of the data: flagged, back_at_usual, new_in_care, or null.
SELECT
    coalesce(client_now.therapist_id, 'unknown') AS therapist_id,
    client_now.client_id,
    client_now.call_first,
    client_now.flagged,
    CASE WHEN client_now.flagged THEN client_now.flag_kind END AS flag_kind,
    CASE WHEN client_now.flagged THEN client_now.flag_week END AS flag_week,
    client_now.flagged
    AND client_now.flag_week < date_trunc('week', today.as_of + 1) - INTERVAL 7 DAY AS flagged_before,
    client_now.reason,
    client_now.judged,
    client_now.judge_reason,
    CAST(client_now.open_crises AS INTEGER) AS open_crises,
    client_now.crisis_kind,
    CASE WHEN client_now.open_crises > 0 THEN client_now.crisis_since END AS crisis_since,
    client_now.sobriety_status,
    CASE
        WHEN client_now.sobriety_status = 'recent_use' THEN today.as_of - CAST(client_now.days_since_use AS INTEGER)
    END AS last_use_on,
    client_now.last_session,
    client_now.usual,
    client_now.recent,
    CAST(client_now.recent_weeks AS INTEGER) AS recent_weeks,
    client_now.near_usual,
    client_now.away_until,
    today.as_of,
    CASE
        WHEN client_now.flagged AND client_now.flag_week + 6 > today.after THEN 'flagged'
        WHEN cleared.cleared_week + 6 > today.after AND NOT client_now.flagged THEN 'back_at_usual'
        WHEN client_now.in_care_since > today.after THEN 'new_in_care'
    END AS news
FROM client_now
CROSS JOIN (
    SELECT max(as_of) AS as_of, max(as_of) - CAST(? AS INTEGER) AS after FROM runs
) AS today
LEFT JOIN (
    SELECT client_id, max(cleared_week) AS cleared_week FROM decline_flags GROUP BY client_id
) AS cleared ON client_now.client_id = cleared.client_id
ORDER BY therapist_id, client_now.priority, client_now.client_id

-- One row: the state of a client now. If no longer in care: where and with whom the client was last, when care
-- ended, and the rest null.
-- A client is in the caseload of the therapist who has the client now or had the client last, as in `reach.py`.
SELECT
    client.client_id,
    client_now.client_id IS NOT NULL AS in_care,
    CASE WHEN client_now.client_id IS NULL THEN client.last_therapist_id ELSE client_now.therapist_id END
        AS therapist_id,
    CASE WHEN client_now.client_id IS NULL THEN client.last_site ELSE client_now.site END AS site,
    client_now.program,
    client_now.level_of_care,
    client_now.primary_addiction,
    client_now.in_care_since,
    care_end.left_on,
    care_end.left_why,
    coalesce(client_now.flagged, false) AS flagged,
    client_now.flag_kind,
    client_now.flag_week,
    CASE
        WHEN client_now.flagged
            THEN (((date_trunc('week', today.as_of + 1) - INTERVAL 7 DAY)::DATE - client_now.flag_week) / 7)::INTEGER
        ELSE 0
    END AS weeks_since_flag,
    client_now.reason,
    coalesce(client_now.judged, false) AS judged,
    client_now.judge_reason,
    client_now.usual,
    client_now.recent,
    client_now.recent_weeks::INTEGER AS recent_weeks,
    client_now.near_usual,
    not_started.counted_days AS days_without_meeting,
    not_started.agreed_meetings,
    not_started.usual_share AS not_started_usual,
    client_now.sobriety_status,
    client_now.sober_since,
    client_now.sober_days::INTEGER AS sober_days,
    client_now.sober_basis,
    client_now.sober_confirmed_days::INTEGER AS sober_confirmed_days,
    client_now.sober_declared_days::INTEGER AS sober_declared_days,
    client_now.sober_unknown_days::INTEGER AS sober_unknown_days,
    client_now.sober_carried_days::INTEGER AS sober_carried_days,
    client_now.declared_sobriety_date,
    client_now.declared_conflict,
    client_now.confirmed_through,
    (today.as_of - client_now.days_since_use::INTEGER)::DATE AS last_use_on,
    client_now.longest_sober_days::INTEGER AS longest_sober_days,
    client_now.longest_sober_confirmed_days::INTEGER AS longest_sober_confirmed_days,
    client_now.pda_90,
    client_now.pda_90_low,
    client_now.pda_90_high,
    client_now.known_90,
    client_now.has_sponsor,
    client_now.sponsor_is_therapist,
    client_now.step,
    coalesce(client_now.open_crises, 0)::INTEGER AS open_crises,
    client_now.crisis_kind,
    client_now.crisis_since,
    client_now.away_since,
    client_now.away_until,
    client_now.away_reason,
    client_now.contract_status,
    client_now.last_checkin,
    client_now.last_session,
    client_now.last_meeting,
    today.as_of
FROM (
    SELECT
        client_id,
        max_by(coalesce(therapist_id, 'unknown'), week) AS last_therapist_id,
        max_by(site, week) AS last_site
    FROM client_week
    WHERE client_id = $client_id
    GROUP BY client_id
) AS client
LEFT JOIN client_now ON client.client_id = client_now.client_id
LEFT JOIN not_started ON client.client_id = not_started.client_id
CROSS JOIN (
    SELECT max(end_date) AS left_on, max_by(state, end_date) AS left_why
    FROM client_event
    WHERE client_id = $client_id AND lane = 'level'
) AS care_end
CROSS JOIN (SELECT as_of FROM runs ORDER BY run_id DESC LIMIT 1) AS today
WHERE
    $therapist_id IS NULL
    OR CASE
        WHEN client_now.client_id IS NULL THEN client.last_therapist_id  -- whoever had the client last
        ELSE coalesce(client_now.therapist_id, 'unknown')
    END = $therapist_id

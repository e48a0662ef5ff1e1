-- A row: a check-in that a client completed, with its answers; null if a question was left blank. Toxicology tests
-- are not check-ins.
-- Made client by client.
SELECT
    client_id,
    checkin_date,
    source,
    used,
    last_use_date,
    has_sponsor,
    sponsor_role,
    sponsor_contacts,
    step,
    step_work
FROM checkins
WHERE status = 'completed' AND source <> 'toxicology'

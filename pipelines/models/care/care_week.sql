-- A row: a client in care, in a complete week, as the scores need it; `client_week` is the published form.
-- `exposure`: the share of the week that counts, 0 to 1 (days in care, less absences, closures and unreported weeks).
SELECT
    client_id,
    period AS week,
    stay,
    span,
    therapist_id,
    site,
    program,
    level_of_care,
    level_rank,
    primary_addiction,
    in_care_days,
    exposure_days / CAST(7.0 AS DOUBLE) AS exposure,
    meetings,
    meeting_days,
    stated_meetings,
    active_meetings,
    sponsor_contacts,
    step_work,
    checkins,
    checkins_missed,
    sessions_scheduled,
    sessions_attended,
    no_shows,
    use_symbol
FROM client_period
WHERE kind = 'week' AND complete

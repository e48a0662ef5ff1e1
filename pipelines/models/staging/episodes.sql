-- A row: one stay of a client at one level of care with one therapist, as known on the as-of date.
SELECT
    client_id,
    start_date,
    end_date,
    therapist_id,
    site,
    program,
    level_of_care,
    asam_edition,
    end_reason,
    primary_addiction,
    CASE WHEN sobriety_date <= (SELECT as_of FROM clock) THEN sobriety_date END AS sobriety_date,
    meetings_per_week
FROM store.episodes
WHERE start_date <= (SELECT as_of FROM clock)

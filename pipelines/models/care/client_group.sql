-- A row: an episode of care (`span`, see `care_span`) and a group to which its client then belongs: all clients, and
-- those of the same site, program, therapist, level of care and primary addiction (`unknown` where blank).
-- Made client by client.
SELECT client_id, span, 'all' AS breakdown, 'all' AS member FROM care_span
UNION ALL
SELECT client_id, span, 'site', coalesce(site, 'unknown') FROM care_span
UNION ALL
SELECT client_id, span, 'program', coalesce(program, 'unknown') FROM care_span
UNION ALL
SELECT client_id, span, 'therapist', coalesce(therapist_id, 'unknown') FROM care_span
UNION ALL
SELECT client_id, span, 'level_of_care', coalesce(level_of_care, 'unknown') FROM care_span
UNION ALL
SELECT client_id, span, 'primary_addiction', coalesce(primary_addiction, 'unknown') FROM care_span

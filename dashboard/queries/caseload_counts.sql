-- One row: a caseload in numbers, whatever is filtered.
-- The lists are the clinic's, not the caseload's: a filter keeps its choices when the therapist changes.
SELECT
    count(*) AS clients,
    count(*) FILTER (WHERE call_first) AS to_call,
    count(*) FILTER (WHERE flagged) AS flagged,
    count(*) FILTER (WHERE sobriety_status = 'unknown') AS sobriety_unknown,
    count(*) FILTER (WHERE NOT judged) AS not_judged,
    ARRAY(SELECT DISTINCT site FROM client_now WHERE site IS NOT NULL ORDER BY site) AS sites,
    ARRAY(SELECT DISTINCT level_of_care FROM client_now WHERE level_of_care IS NOT NULL ORDER BY level_of_care)
        AS levels_of_care,
    ARRAY(
        SELECT DISTINCT primary_addiction FROM client_now WHERE primary_addiction IS NOT NULL ORDER BY primary_addiction
    ) AS primary_addictions,
    ARRAY(SELECT DISTINCT program FROM client_now WHERE program IS NOT NULL ORDER BY program) AS programs
FROM client_now
WHERE $therapist_id IS NULL OR coalesce(therapist_id, 'unknown') = $therapist_id

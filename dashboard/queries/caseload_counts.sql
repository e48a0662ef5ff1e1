-- One row: a caseload in numbers, whatever is filtered.
-- `sites` and `levels_of_care` are the clinic's, not the caseload's: a filter keeps its choices when the therapist changes.
SELECT
    count(*) AS clients,
    count(*) FILTER (WHERE call_first) AS to_call,
    count(*) FILTER (WHERE flagged) AS flagged,
    count(*) FILTER (WHERE sobriety_status = 'unknown') AS sobriety_unknown,
    count(*) FILTER (WHERE NOT judged) AS not_judged,
    ARRAY(SELECT DISTINCT site FROM client_now WHERE site IS NOT NULL ORDER BY site) AS sites,
    ARRAY(SELECT DISTINCT level_of_care FROM client_now WHERE level_of_care IS NOT NULL ORDER BY level_of_care)
        AS levels_of_care
FROM client_now
WHERE $therapist_id IS NULL OR coalesce(therapist_id, 'unknown') = $therapist_id

-- One row: a caseload in numbers, whatever is filtered.
SELECT
    count(*) AS clients,
    count(*) FILTER (WHERE open_crises > 0 OR flagged OR sobriety_status = 'recent_use') AS to_call,
    count(*) FILTER (WHERE flagged) AS flagged,
    count(*) FILTER (WHERE sobriety_status = 'unknown') AS sobriety_unknown,
    count(*) FILTER (WHERE NOT judged) AS not_judged,
    coalesce(list(DISTINCT site ORDER BY site) FILTER (WHERE site IS NOT NULL), []) AS sites,
    coalesce(list(DISTINCT level_of_care ORDER BY level_of_care) FILTER (WHERE level_of_care IS NOT NULL), [])
        AS levels_of_care
FROM client_now
WHERE $therapist_id IS NULL OR coalesce(therapist_id, 'unknown') = $therapist_id

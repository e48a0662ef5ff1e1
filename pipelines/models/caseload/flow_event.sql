-- A row: an event in a client's care on a day, and the measure that counts it: an admission (by the groups of the
-- stay's first episode), a discharge and its reason (on the last day in care, by the groups of the last episode), a
-- transfer to another level of care within a stay (on its first day there).
-- Made client by client.
WITH episode AS (
    SELECT
        *,
        lag(level_of_care) OVER (PARTITION BY client_id, stay ORDER BY from_first) AS level_before
    FROM stay_episode
),

discharge AS (
    SELECT *, end_date AS day, coalesce(end_reason, 'unknown') AS reason
    FROM episode
    WHERE from_last = 1 AND end_date <= last_day
)

SELECT client_id, span, start_date AS day, 'admissions' AS measure, 1 AS numerator, CAST(NULL AS INTEGER) AS denominator
FROM episode
WHERE from_first = 1
UNION ALL
SELECT client_id, span, day, 'discharges', 1, NULL FROM discharge
UNION ALL
SELECT
    discharge.client_id,
    discharge.span,
    discharge.day,
    measures.name,
    CASE WHEN measures.name = 'discharged_' || discharge.reason THEN 1 ELSE 0 END,
    1
FROM discharge
JOIN measures ON measures.name LIKE 'discharged_%'
UNION ALL
SELECT client_id, span, start_date, 'transfers', 1, NULL
FROM episode
WHERE level_of_care <> level_before

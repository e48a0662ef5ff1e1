-- One row: how many windows for a reassessment are open and unused, and when the first of them closes.
SELECT count(*)::INTEGER AS number, min(window_closes) AS first_closes
FROM reassessment
WHERE state = 'open'

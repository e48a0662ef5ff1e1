-- No figure without a definition.
SELECT DISTINCT caseload_week.measure
FROM caseload_week
LEFT JOIN measures ON caseload_week.measure = measures.name
WHERE measures.name IS NULL

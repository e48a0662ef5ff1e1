-- No figure without a definition.
SELECT made.measure
FROM (
    SELECT measure FROM caseload_week
    UNION
    SELECT measure FROM caseload_month
    UNION
    SELECT measure FROM flow_event
    UNION
    SELECT measure FROM admission_event
    UNION
    SELECT measure FROM work_event
    UNION
    SELECT measure FROM funder_event
) AS made
LEFT JOIN measures ON made.measure = measures.name
WHERE measures.name IS NULL

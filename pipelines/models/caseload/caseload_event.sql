-- A row: a measure of events in a group of clients in a complete week or month, as numerator and denominator (titles in
-- measures.toml): admissions and discharges (flow_event.sql), outcomes of admissions (admission_event.sql), tasks,
-- contracts and flags (work_event.sql), the funders' measures (funder_event.sql). If clients are in care and nothing
-- happened, the count is 0. Not by therapist.
WITH event AS (
    SELECT client_id, span, day, measure, numerator, denominator FROM flow_event
    UNION ALL
    SELECT client_id, span, day, measure, numerator, denominator FROM admission_event
    UNION ALL
    SELECT client_id, span, day, measure, numerator, denominator FROM work_event
    UNION ALL
    SELECT client_id, span, day, measure, numerator, denominator FROM funder_event
),

dated AS (
    SELECT 'week' AS kind, week_of(day) AS period, * FROM event
    UNION ALL
    SELECT 'month', month_of(day), * FROM event
),

summed AS (
    SELECT
        dated.kind,
        dated.period,
        b.breakdown,
        b.member,
        dated.measure,
        sum(dated.numerator) AS numerator,
        sum(dated.denominator) AS denominator
    FROM dated
    JOIN client_group AS b ON dated.client_id = b.client_id AND dated.span = b.span
    WHERE b.breakdown <> 'therapist'
    GROUP BY dated.kind, dated.period, b.breakdown, b.member, dated.measure
),

counted AS (
    SELECT measures.name AS measure, measures.denominator <> '' AS divided
    FROM measures
    WHERE measures.made_in = 'caseload_event'
)

SELECT
    census.kind,
    census.period,
    census.breakdown,
    census.member,
    counted.measure,
    CAST(coalesce(summed.numerator, 0) AS DOUBLE) AS numerator,
    CASE WHEN counted.divided THEN CAST(coalesce(summed.denominator, 0) AS DOUBLE) END AS denominator
FROM caseload_status AS census
CROSS JOIN counted
LEFT JOIN summed
    ON census.kind = summed.kind
    AND census.period = summed.period
    AND census.breakdown = summed.breakdown
    AND census.member = summed.member
    AND counted.measure = summed.measure
WHERE census.measure = 'census' AND census.breakdown <> 'therapist'

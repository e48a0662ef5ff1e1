-- A row: a measure of what happened to a group of clients in a complete week or month, as its numerator and
-- denominator (words in measures.toml): admissions and discharges (flow_event.sql), what came of admissions
-- (admission_event.sql), tasks, contracts and flags (work_event.sql). Where clients are in care and nothing happened,
-- the count is 0. Not by therapist.
WITH event AS (
    SELECT day, measure, numerator, denominator, site, program, level_of_care, primary_addiction FROM flow_event
    UNION ALL
    SELECT day, measure, numerator, denominator, site, program, level_of_care, primary_addiction FROM admission_event
    UNION ALL
    SELECT day, measure, numerator, denominator, site, program, level_of_care, primary_addiction FROM work_event
),

summed AS (
    SELECT
        p.kind,
        p.period,
        b.breakdown,
        b.member,
        event.measure,
        sum(event.numerator) AS numerator,
        sum(event.denominator) AS denominator
    FROM event
    CROSS JOIN LATERAL (VALUES ('week', week_of(event.day)), ('month', month_of(event.day))) AS p(kind, period)
    CROSS JOIN LATERAL (
        VALUES
        ('all', 'all'),
        ('site', coalesce(event.site, 'unknown')),
        ('program', coalesce(event.program, 'unknown')),
        ('level_of_care', coalesce(event.level_of_care, 'unknown')),
        ('primary_addiction', coalesce(event.primary_addiction, 'unknown'))
    ) AS b(breakdown, member)
    GROUP BY p.kind, p.period, b.breakdown, b.member, event.measure
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

-- A row: a measure of a group in a period, over the last `$periods` complete weeks or months.
-- Only the `$groups` largest groups are given (by clients in care in the last period); `groups_in_all` says of how many.
WITH caseload AS (
    SELECT * FROM caseload_week WHERE $kind = 'week'
    UNION ALL BY NAME
    SELECT * FROM caseload_month WHERE $kind = 'month'
),

period AS (
    SELECT period
    FROM caseload
    WHERE breakdown = 'all' AND measure = 'census'
    ORDER BY period DESC
    LIMIT $periods
),

census AS (
    SELECT member, max_by(numerator, period) AS clients, max(period) AS last_period
    FROM caseload
    WHERE
        breakdown = $breakdown
        AND measure = 'census'
        AND period IN (SELECT period FROM period)
        AND ($therapist_id IS NULL OR (breakdown = 'therapist' AND member = $therapist_id))
    GROUP BY member
),

largest AS (
    SELECT
        member,
        row_number() OVER (ORDER BY last_period DESC, clients DESC, member) AS place,
        count(*) OVER () AS groups_in_all
    FROM census
    QUALIFY place <= $groups
)

SELECT
    caseload.period::TIMESTAMP AS period,
    caseload.member,
    largest.groups_in_all::INTEGER AS groups_in_all,
    caseload.measure,
    caseload.numerator,
    caseload.denominator,
    caseload.value
FROM caseload
JOIN largest ON caseload.member = largest.member
WHERE
    caseload.breakdown = $breakdown
    AND list_contains($measures, caseload.measure)
    AND caseload.period IN (SELECT period FROM period)
ORDER BY largest.place, caseload.measure, caseload.period

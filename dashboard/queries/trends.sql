-- A row: a period of a measure's control chart, with its point (see `control_point`) if there is one, over the last
-- `$periods` complete weeks or months: of the whole clinic (place 0) and of the `$groups` largest groups of a
-- breakdown, by clients in care in the last period.
-- `groups_in_all`: of how many; no therapists if the measure is not given by therapist. For one therapist: that
-- caseload alone.
WITH period AS (
    SELECT period
    FROM control_point
    WHERE kind = $kind AND measure = 'census' AND breakdown = 'all'
    ORDER BY period DESC
    LIMIT $periods
),

census AS (
    SELECT breakdown, member, max_by(numerator, period) AS clients, max(period) AS last_period
    FROM control_point
    WHERE
        kind = $kind
        AND measure = 'census'
        AND breakdown IN ('all', $breakdown)
        AND period IN (SELECT period FROM period)
        AND (breakdown <> 'therapist' OR (SELECT by_therapist FROM measures WHERE name = $measure))
        AND ($therapist_id IS NULL OR (breakdown = 'therapist' AND member = $therapist_id))
    GROUP BY breakdown, member
),

placed AS (
    SELECT
        breakdown,
        member,
        CASE
            WHEN breakdown = 'all' THEN 0
            ELSE row_number() OVER (PARTITION BY breakdown ORDER BY last_period DESC, clients DESC, member)
        END AS place,
        count(*) OVER (PARTITION BY breakdown) AS groups_in_all
    FROM census
    QUALIFY place <= $groups
)

SELECT
    period.period::TIMESTAMP AS period,
    placed.breakdown,
    placed.member,
    control_point.* EXCLUDE (period, breakdown, member) REPLACE (control_point.since::TIMESTAMP AS since),
    placed.groups_in_all::INTEGER AS groups_in_all
FROM placed
CROSS JOIN period
LEFT JOIN control_point
    ON control_point.kind = $kind
    AND control_point.measure = $measure
    AND placed.breakdown = control_point.breakdown
    AND placed.member = control_point.member
    AND period.period = control_point.period
ORDER BY placed.place, period.period

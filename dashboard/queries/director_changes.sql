-- A row: a measure of the whole clinic that changed (`place` 1 is the one to tell first), or a group that it changed
-- in, the same way. What changed, by rule: in the last complete week or month (as the measure is read) its control
-- chart has a signal that stands out and is a discovery among all that was looked at (see `control_point`). The
-- strongest come first; of measures of one theme the first only. Of each, the `$groups` groups in which it stands out
-- most, sites before others; none of therapists, none that is not recorded, and none of fewer clients in care than
-- `$few`.
WITH ended AS (
    SELECT kind, max(period) AS period
    FROM control_point
    WHERE measure = 'census' AND breakdown = 'all'
    GROUP BY kind
),

signal AS (
    SELECT
        control_point.*,
        measures.theme
    FROM control_point
    JOIN ended ON control_point.kind = ended.kind AND control_point.period = ended.period
    JOIN measures ON control_point.measure = measures.name AND control_point.kind = measures.read_by
    JOIN control_point AS census
        ON control_point.kind = census.kind
        AND control_point.period = census.period
        AND control_point.breakdown = census.breakdown
        AND control_point.member = census.member
        AND census.measure = 'census'
    WHERE
        census.value >= $few
        AND control_point.stands_out
        AND control_point.breakdown <> 'therapist'
        AND control_point.member <> 'unknown'
),

first_of_theme AS (
    SELECT measure, direction, p_value
    FROM signal
    WHERE breakdown = 'all' AND discovery
    QUALIFY row_number() OVER (PARTITION BY theme ORDER BY p_value, measure) = 1
),

changed AS (
    SELECT measure, direction, row_number() OVER (ORDER BY p_value, measure) AS place
    FROM first_of_theme
    QUALIFY place <= $changes
)

SELECT signal.* EXCLUDE (theme), changed.place
FROM signal
JOIN changed ON signal.measure = changed.measure AND signal.direction = changed.direction
QUALIFY
    signal.breakdown = 'all'
    OR row_number() OVER (
        PARTITION BY signal.measure, signal.breakdown = 'all'
        ORDER BY signal.breakdown <> 'site', signal.p_value, signal.breakdown, signal.member
    ) <= $groups
ORDER BY
    changed.place,
    signal.breakdown <> 'all',
    signal.breakdown <> 'site',
    signal.p_value,
    signal.breakdown,
    signal.member

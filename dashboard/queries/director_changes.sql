-- A row: a measure of the whole clinic that changed (`place` 1 is the most important), or a group that it changed in,
-- the same way. What changed, by rule: in the last complete week or month (as the measure is read) its control chart
-- has a signal that stands out and is a discovery among all that was looked at (see `control_point`). The strongest
-- come first, and only the first measure of each theme. For each, the `$groups` groups in which it stands out most,
-- over all breakdowns together; no therapists, no unrecorded groups, and none with fewer clients in care than `$few`.
-- `moved` of the `members` groups of the breakdown stand out in the same direction.
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

member AS (
    SELECT control_point.kind, control_point.breakdown, count(*) AS members
    FROM control_point
    JOIN ended ON control_point.kind = ended.kind AND control_point.period = ended.period
    WHERE control_point.measure = 'census' AND control_point.value >= $few AND control_point.member <> 'unknown'
    GROUP BY control_point.kind, control_point.breakdown
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
),

grouped AS (
    SELECT
        signal.* EXCLUDE (theme),
        changed.place,
        count(*) OVER (PARTITION BY signal.measure, signal.breakdown)::INTEGER AS moved,
        member.members::INTEGER AS members
    FROM signal
    JOIN changed ON signal.measure = changed.measure AND signal.direction = changed.direction
    LEFT JOIN member ON signal.kind = member.kind AND signal.breakdown = member.breakdown
)

SELECT *
FROM grouped
QUALIFY
    breakdown = 'all'
    OR row_number() OVER (
        PARTITION BY measure, breakdown = 'all' ORDER BY p_value, breakdown, member
    ) <= $groups
ORDER BY place, breakdown <> 'all', p_value, breakdown, member

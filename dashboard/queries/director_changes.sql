-- A row: a measure of the whole clinic that changed (`place` 1 is the one to tell first), or a group that it changed
-- in, the same way. What changed, by rule: in the last complete week or month (as the measure is read) its control
-- chart has a signal, the measure has a good direction, and the limits are not on trial; a share that can get no
-- better is no news, and a count of those present moves more than its limits have it. The newest signals come first,
-- then the largest, in parts of the way to a limit (`sigmas`); of measures of one theme the first only. Of each, the
-- `$groups` groups in which it is largest, sites before others; none of therapists, none that is not recorded, and
-- none of fewer clients in care than `$few`.
WITH ended AS (
    SELECT kind, max(period) AS period
    FROM control_point
    WHERE measure = 'census' AND breakdown = 'all'
    GROUP BY kind
),

signal AS (
    SELECT
        control_point.*,
        measures.theme,
        abs(control_point.value - control_point.mean) / nullif(control_point.sigma, 0) AS sigmas
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
        AND NOT (
            measures.scale = 'share' AND control_point.value IN (0, 1) AND control_point.reading = 'improvement'
        )
        AND control_point.special IS NOT NULL
        AND NOT control_point.trial
        AND measures.good <> 'neutral'
        AND measures.stock IS NOT TRUE
        AND control_point.breakdown <> 'therapist'
        AND control_point.member <> 'unknown'
),

first_of_theme AS (
    SELECT measure, direction, since, sigmas
    FROM signal
    WHERE breakdown = 'all'
    QUALIFY row_number() OVER (PARTITION BY theme ORDER BY since DESC, sigmas DESC NULLS LAST, measure) = 1
),

changed AS (
    SELECT measure, direction, row_number() OVER (ORDER BY since DESC, sigmas DESC NULLS LAST, measure) AS place
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
        ORDER BY signal.breakdown <> 'site', signal.sigmas DESC NULLS LAST, signal.breakdown, signal.member
    ) <= $groups
ORDER BY
    changed.place,
    signal.breakdown <> 'all',
    signal.breakdown <> 'site',
    signal.sigmas DESC NULLS LAST,
    signal.breakdown,
    signal.member

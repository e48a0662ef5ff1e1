-- A row: a measure of a group with a value in a complete week or month (`kind`), as a point of its control chart:
-- `mean`, the limits `lower` and `upper` (`control_limit` makes them), and the rule by which the point is more than
-- chance, if it is (`control_signal`). A period without a value has no row; the line breaks there. A share's limits end
-- at 0 and 1.
-- `direction`: up or down. `reading`: improvement or concern, by the measure's good direction, no_direction if it has
-- none; common_cause if nothing changed; too_few if it cannot be judged: fewer than 12 points, or too few events for
-- limits.
-- `stands_out`: listed by the overview and the report: a signal with a good or a bad direction. Left out are an
-- improvement in a period worse than the one before it, and a share at 100 % or at 0 in each of the last three periods.
-- `looked_at`: the charts read together, those with a `p_value` in the same kind of period; the whole clinic and its
-- groups are counted apart. `by_chance`: how many of them would signal if nothing had changed (see the rule
-- false_signal_rate). `discovery`: a signal that remains if at most a tenth of those listed may be false (the procedure
-- of Benjamini and Hochberg 1995).
-- `assurance`: whether a target will be met as long as nothing changes (will_hit, may_or_may_not, will_miss), by the
-- limits of 12 points or more; null for a stock, whose limits move with its last value.
-- Published, ordered by kind, measure, breakdown, member, period.
WITH joined AS (
    SELECT
        control_series.*,
        control_limit.centre,
        control_limit.sigma,
        control_limit.too_few,
        control_limit.points,
        control_limit.trial,
        control_limit.autocorrelation,
        control_limit.run_needed,
        round(control_limit.centre - 3 * control_limit.sigma, 9) AS lower,
        round(control_limit.centre + 3 * control_limit.sigma, 9) AS upper,
        control_limit.denominator_low,
        control_limit.denominator_high,
        control_signal.special,
        control_signal.toward,
        control_signal.since,
        control_signal.runs,
        control_signal.outside_runs
    FROM control_series
    JOIN control_limit
        ON control_series.series = control_limit.series AND control_series.period = control_limit.period
    LEFT JOIN control_signal
        ON control_series.series = control_signal.series AND control_series.period = control_signal.period
),

read AS (
    SELECT
        *,
        CASE
            WHEN too_few OR trial THEN 'too_few'
            WHEN special IS NULL THEN 'common_cause'
            WHEN good = 'neutral' THEN 'no_direction'
            WHEN (good = 'up') = (toward = 1) THEN 'improvement'
            ELSE 'concern'
        END AS reading
    FROM joined
),

-- The signals of a family, the strongest first.
ranked AS (
    SELECT
        control_signal.series,
        control_signal.period,
        kind,
        breakdown = 'all' AS of_all,
        p_value,
        count(*) OVER (PARTITION BY kind, control_signal.period, breakdown = 'all') AS looked_at,
        row_number() OVER (
            PARTITION BY kind, control_signal.period, breakdown = 'all' ORDER BY p_value, measure, breakdown, member
        ) AS strength_rank
    FROM control_signal
    JOIN control_series
        ON control_signal.series = control_series.series AND control_signal.period = control_series.period
    WHERE p_value IS NOT NULL AND member <> 'unknown' AND breakdown <> 'therapist'
),

family AS (
    SELECT
        kind,
        period,
        of_all,
        max(looked_at) AS looked_at,
        max(CASE WHEN p_value <= rule('false_discovery_rate') * strength_rank / looked_at THEN strength_rank END)
        AS found
    FROM ranked
    GROUP BY kind, period, of_all
)

SELECT
    read.kind,
    read.breakdown,
    read.member,
    read.measure,
    read.period,
    read.numerator,
    read.denominator,
    read.value,
    phase,
    centre AS mean,
    CASE WHEN scale = 'share' AND lower < 0 THEN 0 ELSE lower END AS lower,
    CASE WHEN scale = 'share' AND upper > 1 THEN 1 ELSE upper END AS upper,
    sigma,
    points,
    trial,
    autocorrelation,
    run_needed,
    special,
    CASE toward WHEN 1 THEN 'up' WHEN -1 THEN 'down' END AS direction,
    reading,
    since,
    runs,
    outside_runs,
    denominator_low,
    denominator_high,
    ranked.p_value,
    reading IN ('concern', 'improvement')
    AND NOT settled
    AND NOT (
        reading = 'improvement'
        AND read.value_before IS NOT NULL
        AND sign(round(read.value - read.value_before, 9)) = CASE good WHEN 'up' THEN -1 ELSE 1 END
    ) AS stands_out,
    coalesce(family.looked_at, 0) AS looked_at,
    coalesce(family.looked_at, 0) * rule('false_signal_rate') AS by_chance,
    coalesce(special IS NOT NULL AND ranked.strength_rank <= family.found, false) AS discovery,
    target.value AS target,
    CASE
        WHEN target.value IS NULL OR sigma IS NULL OR good = 'neutral' OR stock OR trial THEN NULL
        WHEN target.value BETWEEN lower AND upper THEN 'may_or_may_not'
        WHEN (good = 'up') = (target.value < centre) THEN 'will_hit'
        ELSE 'will_miss'
    END AS assurance
FROM read
LEFT JOIN family
    ON read.kind = family.kind AND read.period = family.period AND (read.breakdown = 'all') = family.of_all
LEFT JOIN ranked ON read.series = ranked.series AND read.period = ranked.period
LEFT JOIN target ON read.measure = target.measure

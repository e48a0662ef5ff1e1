-- A row: a measure of a group in a complete week or month (`kind`), as a point of its control chart: `mean`, the limits
-- `lower` and `upper` (`control_limit` makes them), and the rule by which the point is more than chance, if it is
-- (`control_signal`). `value` null: no point; the line breaks there. A share's limits end at 0 and 1.
-- `direction`: up or down. `reading`: improvement or concern, by the measure's good direction, no_direction where it has
-- none; common_cause where nothing changed; too_few where it cannot be judged: fewer than 12 points, or too few events
-- for limits.
-- `stands_out`: listed by the overview and the report: a signal with a good or a bad direction. Left out are an improvement
-- in a period worse than the one before it, and a share at 100 % or at 0 in each of the last three periods.
-- `looked_at`: the charts read together, those with a `p_value` in the same kind of period; the whole clinic and its
-- groups are counted apart. `by_chance`: how many of them would signal if nothing had changed (see the rule
-- false_signal_rate). `discovery`: a signal that is left when at most a tenth of those listed may be false (the procedure
-- of Benjamini and Hochberg 1995).
-- `assurance`, of a target: will_hit, may_or_may_not, will_miss it as long as nothing changes, by the limits of 12 points
-- or more; none of a stock, whose limits go with its last value.
-- Published, ordered by kind, measure, breakdown, member, period.
WITH joined AS (
    SELECT
        control_series.*,
        control_limit.centre,
        control_limit.sigma,
        control_limit.too_few,
        coalesce(control_limit.points, max(control_limit.points) OVER whole, 0) AS points,
        coalesce(control_limit.autocorrelation, max(control_limit.autocorrelation) OVER whole) AS autocorrelation,
        coalesce(control_limit.run_needed, max(control_limit.run_needed) OVER whole) AS run_needed,
        max(control_limit.centre) OVER whole AS mean_of_phase,
        round(control_limit.centre - 3 * control_limit.sigma, 9) AS lower,
        round(control_limit.centre + 3 * control_limit.sigma, 9) AS upper,
        max(control_limit.denominator_low) OVER whole AS denominator_low,
        max(control_limit.denominator_high) OVER whole AS denominator_high,
        control_signal.special,
        control_signal.toward,
        control_signal.since,
        control_signal.runs,
        control_signal.outside_runs,
        CASE WHEN control_series.member <> 'unknown' AND control_series.breakdown <> 'therapist' THEN
            control_signal.p_value
        END AS p_value,
        min(control_series.value) OVER last_three = max(control_series.value) OVER last_three
        AND control_series.value IN (0, 1)
        AND control_series.scale = 'share' AS settled
    FROM control_series
    LEFT JOIN control_limit
        ON control_series.series = control_limit.series AND control_series.period = control_limit.period
    LEFT JOIN control_signal
        ON control_series.series = control_signal.series AND control_series.period = control_signal.period
    WINDOW
        whole AS (PARTITION BY control_series.series),
        last_three AS (
            PARTITION BY control_series.series ORDER BY control_series.period ROWS BETWEEN 2 PRECEDING AND CURRENT ROW
        )
),

read AS (
    SELECT
        *,
        CASE
            WHEN value IS NULL THEN NULL
            WHEN too_few OR points < rule('points_needed') THEN 'too_few'
            WHEN special IS NULL THEN 'common_cause'
            WHEN good = 'neutral' THEN 'no_direction'
            WHEN (good = 'up') = (toward = 1) THEN 'improvement'
            ELSE 'concern'
        END AS reading
    FROM joined
),

-- Those of a family, from the strongest on.
ranked AS (
    SELECT
        *,
        count(p_value) OVER family AS looked_at,
        CASE
            WHEN p_value IS NOT NULL
                THEN row_number() OVER (
                    PARTITION BY kind, period, breakdown = 'all'
                    ORDER BY p_value NULLS LAST, measure, breakdown, member
                )
        END AS strength_rank
    FROM read
    WINDOW family AS (PARTITION BY kind, period, breakdown = 'all')
)

SELECT
    ranked.kind,
    ranked.breakdown,
    ranked.member,
    ranked.measure,
    ranked.period,
    ranked.numerator,
    ranked.denominator,
    ranked.value,
    phase,
    coalesce(centre, CASE WHEN NOT stock THEN mean_of_phase END) AS mean,
    CASE WHEN scale = 'share' AND lower < 0 THEN 0 ELSE lower END AS lower,
    CASE WHEN scale = 'share' AND upper > 1 THEN 1 ELSE upper END AS upper,
    sigma,
    points,
    points < rule('points_needed') AS trial,
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
    p_value,
    coalesce(
        reading IN ('concern', 'improvement')
        AND NOT settled
        AND NOT (
            reading = 'improvement'
            AND ranked.value_before IS NOT NULL
            AND sign(round(ranked.value - ranked.value_before, 9)) = CASE good WHEN 'up' THEN -1 ELSE 1 END
        ),
        false
    ) AS stands_out,
    looked_at,
    looked_at * rule('false_signal_rate') AS by_chance,
    coalesce(
        special IS NOT NULL
        AND p_value IS NOT NULL
        AND strength_rank <= max(
            CASE WHEN p_value <= rule('false_discovery_rate') * strength_rank / looked_at THEN strength_rank END
        ) OVER (PARTITION BY ranked.kind, ranked.period, ranked.breakdown = 'all'),
        false
    ) AS discovery,
    target.value AS target,
    CASE
        WHEN target.value IS NULL OR sigma IS NULL OR good = 'neutral' OR stock OR points < rule('points_needed') THEN NULL
        WHEN target.value BETWEEN lower AND upper THEN 'may_or_may_not'
        WHEN (good = 'up') = (target.value < centre) THEN 'will_hit'
        ELSE 'will_miss'
    END AS assurance
FROM ranked
LEFT JOIN target ON ranked.measure = target.measure

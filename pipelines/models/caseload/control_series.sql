-- A row: a measure of a group in a complete week or month (`kind`), and the series that it belongs to. `value` null: no
-- point; the line breaks there.
-- `phase`: 0, and one more from each period from which the limits are calculated anew (see `rebase`); a phase is a
-- `series` of its own.
-- `level`: what the limits are made of. Of most measures the value itself; of a stock, that is a measure of those present
-- on a day, most of whom were there in the previous period, its step from that period: arrivals less departures.
-- `spread`: how much chance alone makes a level with this denominator vary, up to a factor that the series itself gives
-- (Laney): of a share the square root of p (1 − p) / n, of a rate the square root of u / n, and 1 where there is no
-- denominator. `adjacent`: the period before has a value too; steps and moving ranges do not bridge a missing one.
-- `settled`: a share that has been all or none in this period and the two before it, as far as they have a value.
-- Of therapists only what helps to share the work (`by_therapist`): outcomes are never compared between them.
WITH measured AS (
    SELECT 'week' AS kind, period, breakdown, member, measure, numerator, denominator, value FROM caseload_week
    UNION ALL
    SELECT 'month', period, breakdown, member, measure, numerator, denominator, value FROM caseload_month
),

-- From how many periods of theirs on the limits are calculated anew, up to this one.
rebased AS (
    SELECT
        measured.kind,
        measured.breakdown,
        measured.member,
        measured.measure,
        measured.period,
        count(*) AS phase
    FROM measured
    JOIN rebase
        ON measured.measure = rebase.measure
        AND measured.breakdown = coalesce(rebase.breakdown, measured.breakdown)
        AND measured.member = coalesce(rebase.member, measured.member)
        AND measured.period >= rebase.period
    GROUP BY measured.kind, measured.breakdown, measured.member, measured.measure, measured.period
),

phased AS (
    SELECT
        measured.*,
        measures.good,
        measures.scale,
        coalesce(measures.stock, false) AS stock,
        coalesce(measures.denominator_in, 1) AS denominator_in,
        coalesce(rebased.phase, 0) AS phase
    FROM measured
    JOIN measures ON measured.measure = measures.name
    LEFT JOIN rebased
        ON measured.kind = rebased.kind
        AND measured.breakdown = rebased.breakdown
        AND measured.member = rebased.member
        AND measured.measure = rebased.measure
        AND measured.period = rebased.period
    WHERE measured.breakdown <> 'therapist' OR measures.by_therapist
),

distinct_series AS (
    SELECT DISTINCT kind, breakdown, member, measure, phase FROM phased
),

numbered AS (
    SELECT *, row_number() OVER (ORDER BY kind, breakdown, member, measure, phase) AS series FROM distinct_series
),

stepped AS (
    SELECT
        phased.*,
        numbered.series,
        lag(value) OVER in_order AS value_before,
        CASE phased.kind
            WHEN 'week' THEN lag(period) OVER in_order = add_days(period, -7)
            ELSE lag(period) OVER in_order = month_of(add_days(period, -1))
        END AND lag(value) OVER in_order IS NOT NULL AS adjacent,
        coalesce(lag(value, 1) OVER in_order, value) = value
        AND coalesce(lag(value, 2) OVER in_order, value) = value
        AND value IN (0, 1)
        AND scale = 'share' AS settled,
        CASE
            WHEN scale = 'share' THEN ratio(sum(numerator) OVER whole, sum(denominator) OVER whole)
            WHEN scale = 'rate' THEN ratio(sum(numerator) OVER whole, sum(denominator) OVER whole)
        END AS pooled
    FROM phased
    JOIN numbered
        ON phased.kind = numbered.kind
        AND phased.breakdown = numbered.breakdown
        AND phased.member = numbered.member
        AND phased.measure = numbered.measure
        AND phased.phase = numbered.phase
    WINDOW
        whole AS (PARTITION BY numbered.series),
        in_order AS (PARTITION BY numbered.series ORDER BY period)
)

SELECT
    series,
    kind,
    breakdown,
    member,
    measure,
    phase,
    good,
    scale,
    stock,
    denominator_in,
    period,
    numerator,
    denominator,
    value,
    value_before,
    settled,
    coalesce(adjacent, false) AND value IS NOT NULL AS adjacent,
    CASE WHEN NOT stock THEN value WHEN adjacent THEN value - value_before END AS level,
    pooled,
    CASE
        WHEN stock OR pooled IS NULL THEN 1
        WHEN value IS NULL THEN NULL
        WHEN scale = 'share' AND pooled > 0 AND pooled < 1 THEN sqrt(pooled * (1 - pooled) / denominator)
        WHEN scale = 'rate' AND pooled > 0 THEN sqrt(pooled / denominator)
        ELSE 1
    END AS spread
FROM stepped

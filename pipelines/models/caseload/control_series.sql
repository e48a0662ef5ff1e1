-- A row: a measure of a group with a value in a complete week or month (`kind`), and the series that it belongs to.
-- `phase`: 0, plus one from each period on from which the limits are recalculated (see `rebase`); each phase is a
-- `series` of its own.
-- `level`: what the limits are made of: for most measures the value itself; for a stock (a measure of those present on
-- a day, most of whom were there in the previous period) its step from that period: arrivals less departures.
-- `spread`: how much chance alone makes a level with this denominator vary, up to a factor that the series itself gives
-- (Laney): for a share the square root of p (1 − p) / n, for a rate the square root of u / n, and 1 if there is no
-- denominator. `adjacent`: the period before has a value too (`value_before`); steps and moving ranges do not bridge a
-- missing one.
-- `settled`: a share that has been all or none in this period and the two before it, as far as they have a value. For
-- therapists, only what helps to share the work (`by_therapist`): their outcomes are never compared.
WITH measured AS (
    SELECT
        'week' AS kind,
        days_between(DATE '1970-01-05', period) / 7 AS place,
        period, breakdown, member, measure, numerator, denominator, value
    FROM caseload_week
    WHERE value IS NOT NULL
    UNION ALL
    SELECT
        'month',
        12 * extract(year FROM period) + extract(month FROM period),
        period, breakdown, member, measure, numerator, denominator, value
    FROM caseload_month
    WHERE value IS NOT NULL
),

-- How many periods, up to this one, begin a recalculation of the limits.
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
        coalesce(lag(place) OVER in_order = place - 1, false) AS adjacent,
        lag(value) OVER in_order AS last_value,
        scale = 'share' AND value IN (0, 1)
        AND min(value) OVER last_three = max(value) OVER last_three AS settled,
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
        in_order AS (PARTITION BY numbered.series ORDER BY place),
        last_three AS (PARTITION BY numbered.series ORDER BY place RANGE BETWEEN 2 PRECEDING AND CURRENT ROW)
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
    CASE WHEN adjacent THEN last_value END AS value_before,
    settled,
    adjacent,
    CASE WHEN NOT stock THEN value WHEN adjacent THEN value - last_value END AS level,
    pooled,
    CASE
        WHEN stock OR pooled IS NULL THEN 1
        WHEN scale = 'share' AND pooled > 0 AND pooled < 1 THEN sqrt(pooled * (1 - pooled) / denominator)
        WHEN scale = 'rate' AND pooled > 0 THEN sqrt(pooled / denominator)
        ELSE 1
    END AS spread
FROM stepped

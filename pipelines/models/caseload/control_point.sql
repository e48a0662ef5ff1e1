-- A row: a measure of a group in a complete week or month (`kind`), as a point of its XmR control chart, in the way of
-- NHS England's "Making Data Count" (its R package is NHSRplotthedots). `value` null: no point; the line breaks there.
-- `phase`: 0, and one more from each period from which the limits are reckoned anew (see `rebase`). All that follows
-- is of one phase. `mean`; `lower`, `upper`: the mean −/+ 2.66 × the mean moving range (the step from a point to the
-- next), moving ranges of 3.267 × their mean and more left out, unless that leaves zeros only. A share's limits end at
-- 0 and 1.
-- `sigma`: a third of the way from the mean to a limit. `trial`: fewer than 12 `points`.
-- `special`: the rule by which a point is more than chance. `outside` the limits; `trend`: one of 7 in a row rising or
-- falling; `near`: one of 2 of 3 beyond two thirds of the way to a limit, all 3 on that side of the mean; `run`: one
-- of 7 in a row on one side of the mean. The first of these that holds, null where none does. `direction`: up or down.
-- `reading`: improvement or concern, by the measure's good direction, no_direction where it has none; else
-- common_cause.
-- Too few to say: where chance alone leaves less than one event a point (of a share, less than one on either side), the
-- steps between points are mostly 0 or 1, and one client makes a signal; such a series has a mean and no limits, and
-- its reading is too_few. Of a share that is always all, nothing is too few.
-- `since`, `runs`: of a trend, the point with which the rise or fall began, and how many it has lasted; of any other
-- signal, the same of the points on this side of the mean. `outside_runs`: how many points in a row, up to this one,
-- lie outside the limits on this side.
-- `denominator_low`, `denominator_high`: of the phase's points. The width of XmR limits is that of the points' own
-- steps; where the denominators differ much, it is too narrow for the smallest of them and too wide for the largest.
-- `assurance`, of a target: will_hit, may_or_may_not, will_miss it as long as nothing changes, by the limits.
-- Of therapists only what helps to share the work (`by_therapist`): outcomes are never compared between them.
-- Published, ordered by kind, measure, breakdown, member, period.
WITH measured AS (
    SELECT 'week' AS kind, period, breakdown, member, measure, numerator, denominator, value FROM caseload_week
    UNION ALL
    SELECT 'month', period, breakdown, member, measure, numerator, denominator, value FROM caseload_month
),

phased AS (
    SELECT
        measured.kind,
        measured.breakdown,
        measured.member,
        measured.measure,
        measured.period,
        measured.numerator,
        measured.denominator,
        measured.value,
        measures.good,
        measures.scale,
        coalesce(measures.denominator_in, 1) AS denominator_in,
        count(rebase.period) AS phase
    FROM measured
    JOIN measures ON measured.measure = measures.name
    LEFT JOIN rebase
        ON measured.measure = rebase.measure
        AND measured.breakdown = coalesce(rebase.breakdown, measured.breakdown)
        AND measured.member = coalesce(rebase.member, measured.member)
        AND measured.period >= rebase.period
    WHERE measured.breakdown <> 'therapist' OR measures.by_therapist
    GROUP BY ALL
),

series AS (
    SELECT
        kind, breakdown, member, measure, good, scale, denominator_in, phase,
        row_number() OVER (ORDER BY kind, breakdown, member, measure, phase) AS series
    FROM phased
    GROUP BY kind, breakdown, member, measure, good, scale, denominator_in, phase
),

figure AS (
    SELECT series.series, phased.period, phased.numerator, phased.denominator, phased.value
    FROM phased
    JOIN series USING (kind, breakdown, member, measure, phase)
),

stepped AS (
    SELECT *, value - lag(value) OVER (PARTITION BY series ORDER BY period) AS step
    FROM figure
    WHERE value IS NOT NULL
),

ranged AS (
    SELECT series, round(avg(abs(step)), 9) AS mean_range FROM stepped GROUP BY series
),

spread AS (
    SELECT
        stepped.series,
        count(*) AS points,
        round(avg(stepped.value), 9) AS mean,
        coalesce(
            CASE
                WHEN series.scale = 'share' AND max(stepped.value) > min(stepped.value)
                THEN least(avg(stepped.numerator), avg(stepped.denominator) - avg(stepped.numerator))
                WHEN series.scale = 'rate' THEN least(avg(stepped.numerator), avg(stepped.denominator) * series.denominator_in)
                ELSE avg(stepped.numerator)
            END < 1,
            false
        ) AS too_few,
        2.66 * coalesce(
            nullif(
                round(
                    avg(abs(stepped.step))
                    FILTER (WHERE round(abs(stepped.step), 9) < round(3.267 * ranged.mean_range, 9)),
                    9
                ),
                0
            ),
            max(ranged.mean_range)
        ) AS reach,
        min(stepped.denominator) AS denominator_low,
        max(stepped.denominator) AS denominator_high
    FROM stepped
    JOIN ranged ON stepped.series = ranged.series
    JOIN series ON stepped.series = series.series
    GROUP BY stepped.series, series.scale, series.denominator_in
),

limited AS (
    SELECT
        series,
        points,
        mean,
        too_few,
        CASE WHEN NOT too_few THEN reach END AS reach,
        denominator_low,
        denominator_high
    FROM spread
),

-- Rounded, so that no point lies off the mean, or over a limit, by the last bit of a sum.
placed AS (
    SELECT
        stepped.series,
        stepped.period,
        sign(round(stepped.value - limited.mean, 9)) AS side,
        coalesce(sign(round(stepped.step, 9)), 0) AS move,
        round(abs(stepped.value - limited.mean), 9) > round(limited.reach, 9) AS outside,
        round(abs(stepped.value - limited.mean), 9) > round(limited.reach * 2 / 3, 9)
        AND round(abs(stepped.value - limited.mean), 9) <= round(limited.reach, 9) AS near
    FROM stepped
    JOIN limited ON stepped.series = limited.series
    WHERE NOT limited.too_few
),

-- What ends with a point: a run of 7, a trend of 7 points (6 steps), and 3 of which 2 are near a limit.
ended AS (
    SELECT
        *,
        abs(sum(side) OVER (in_order ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)) = 7 AS ends_run,
        CASE
            WHEN abs(sum(move) OVER (in_order ROWS BETWEEN 5 PRECEDING AND CURRENT ROW)) = 6 THEN move
        END AS ends_trend,
        abs(sum(side) OVER (in_order ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)) = 3
        AND count(*) FILTER (WHERE near) OVER (in_order ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) >= 2 AS ends_near
    FROM placed
    WINDOW in_order AS (PARTITION BY series ORDER BY period)
),

-- A point on which a rise ends and a fall begins is of the rise.
found AS (
    SELECT
        series,
        period,
        side,
        move,
        outside,
        coalesce(ends_trend, max(ends_trend) OVER (in_order ROWS BETWEEN 1 FOLLOWING AND 6 FOLLOWING)) AS trend,
        near AND bool_or(ends_near) OVER (in_order ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING) AS in_near,
        bool_or(ends_run) OVER (in_order ROWS BETWEEN CURRENT ROW AND 6 FOLLOWING) AS in_run
    FROM ended
    WINDOW in_order AS (PARTITION BY series ORDER BY period)
),

told AS (
    SELECT
        series,
        period,
        side,
        move,
        outside,
        CASE
            WHEN outside THEN 'outside'
            WHEN trend IS NOT NULL THEN 'trend'
            WHEN in_near THEN 'near'
            WHEN in_run THEN 'run'
        END AS special,
        CASE
            WHEN NOT outside AND trend IS NOT NULL THEN trend
            WHEN outside OR in_near OR in_run THEN side
            ELSE 0
        END AS toward
    FROM found
),

turned AS (
    SELECT
        *,
        row_number() OVER in_order AS place,
        lag(period) OVER in_order AS period_before,
        coalesce(side <> lag(side) OVER in_order, true) AS crosses,
        coalesce(move <> lag(move) OVER in_order, true) AS turns
    FROM told
    WINDOW in_order AS (PARTITION BY series ORDER BY period)
),

signal AS (
    SELECT
        *,
        max(CASE WHEN crosses THEN period END) OVER so_far AS side_since,
        place - max(CASE WHEN crosses THEN place END) OVER so_far + 1 AS side_runs,
        max(CASE WHEN turns THEN period_before END) OVER so_far AS trend_since,
        place - max(CASE WHEN turns THEN place - 1 END) OVER so_far + 1 AS trend_runs,
        place - max(CASE WHEN NOT outside THEN place WHEN crosses THEN place - 1 ELSE 0 END) OVER so_far AS outside_runs
    FROM turned
    WINDOW so_far AS (PARTITION BY series ORDER BY period ROWS UNBOUNDED PRECEDING)
)

SELECT
    series.kind,
    series.breakdown,
    series.member,
    series.measure,
    figure.period,
    figure.numerator,
    figure.denominator,
    figure.value,
    series.phase,
    limited.mean,
    CASE
        WHEN limited.reach IS NULL THEN NULL
        WHEN series.scale = 'share' THEN greatest(round(mean - reach, 9), 0)
        ELSE round(mean - reach, 9)
    END AS lower,
    CASE
        WHEN limited.reach IS NULL THEN NULL
        WHEN series.scale = 'share' THEN least(round(mean + reach, 9), 1)
        ELSE round(mean + reach, 9)
    END AS upper,
    round(reach / 3, 9) AS sigma,
    coalesce(limited.points, 0) AS points,
    coalesce(limited.points, 0) < 12 AS trial,
    signal.special,
    CASE signal.toward WHEN 1 THEN 'up' WHEN -1 THEN 'down' END AS direction,
    CASE
        WHEN figure.value IS NULL THEN NULL
        WHEN limited.too_few THEN 'too_few'
        WHEN signal.special IS NULL THEN 'common_cause'
        WHEN series.good = 'neutral' THEN 'no_direction'
        WHEN (series.good = 'up') = (signal.toward = 1) THEN 'improvement'
        ELSE 'concern'
    END AS reading,
    CASE
        WHEN signal.special = 'trend' THEN signal.trend_since
        WHEN signal.special IS NOT NULL THEN signal.side_since
    END AS since,
    CASE
        WHEN signal.special = 'trend' THEN signal.trend_runs
        WHEN signal.special IS NOT NULL THEN signal.side_runs
    END AS runs,
    CASE WHEN signal.special = 'outside' THEN signal.outside_runs END AS outside_runs,
    limited.denominator_low,
    limited.denominator_high,
    target.value AS target,
    CASE
        WHEN target.value IS NULL OR limited.reach IS NULL OR series.good = 'neutral' THEN NULL
        WHEN target.value BETWEEN limited.mean - limited.reach AND limited.mean + limited.reach THEN 'may_or_may_not'
        WHEN (series.good = 'up') = (target.value < limited.mean) THEN 'will_hit'
        ELSE 'will_miss'
    END AS assurance
FROM figure
JOIN series ON figure.series = series.series
LEFT JOIN limited ON figure.series = limited.series
LEFT JOIN signal ON figure.series = signal.series AND figure.period = signal.period
LEFT JOIN target ON series.measure = target.measure

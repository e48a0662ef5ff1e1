-- A row: a point of a control chart that has limits and 12 points or more, and the rule by which it is more than
-- chance.
-- `special`: `outside` the limits; `trend`: one of 7 in a row rising or falling; `near`: one of 2 of 3 beyond two
-- thirds of the way to a limit, all 3 on that side of the mean; `run`: one of at least `run_needed` in a row on one
-- side of the mean, or of `weak_run_needed` if they lie near it (rule `strong_run`; see `control_limit`). The first of
-- these that holds, null if none does. For a stock, whose limits lie around its own last value, only `outside` and
-- `run` are looked for, and a step that is hardly off the mean step lies on no side of it (rule `unmoved_within`).
-- `toward`: 1 up, −1 down, 0 none.
-- `since`, `runs`: for a trend, the point at which the rise or fall began, and how many points it has lasted; for any
-- other signal, the same for the points on this side of the mean. `outside_runs`: how many points in a row, up to this
-- one, lie outside the limits on this side.
-- `p_value`: the probability that chance alone leaves a point where it is, or as long a run, or a trend or near pair if
-- there is one: the least of the four, times four (Bonferroni). The tail of the normal distribution is approximated as
-- in Börjesson and Sundberg 1979, accurate to 0.3 %. Rounded throughout, so that no point lies off the mean, or over a
-- limit, by the last bit of a sum.
WITH placed AS (
    SELECT
        series,
        period,
        run_needed,
        weak_run_needed,
        autocorrelation,
        CASE
            WHEN stock AND round(abs(off), 9) < round(rule('unmoved_within') * sigma, 9) THEN 0
            ELSE sign(round(off, 9))
        END AS side,
        CASE WHEN stock THEN 0 ELSE coalesce(sign(round(value - lag(value) OVER in_order, 9)), 0) END AS move,
        round(abs(off), 9) > round(3 * sigma, 9) AS outside,
        NOT stock
        AND round(abs(off), 9) > round(2 * sigma, 9)
        AND round(abs(off), 9) <= round(3 * sigma, 9) AS near,
        abs(off) / nullif(sigma, 0) AS sigmas
    FROM control_limit
    WHERE sigma IS NOT NULL AND NOT trial
    WINDOW in_order AS (PARTITION BY series ORDER BY period)
),

turned AS (
    SELECT
        *,
        CAST(row_number() OVER in_order AS INTEGER) AS place,
        lag(period) OVER in_order AS period_before,
        CASE WHEN side = lag(side) OVER in_order THEN 0 ELSE 1 END AS crosses,
        CASE WHEN move = lag(move) OVER in_order THEN 0 ELSE 1 END AS turns
    FROM placed
    WINDOW in_order AS (PARTITION BY series ORDER BY period)
),

-- A stretch on one side of the mean, and one of moves the same way.
stretched AS (
    SELECT
        *,
        sum(crosses) OVER so_far AS side_stretch,
        sum(turns) OVER so_far AS move_stretch,
        abs(sum(side) OVER last_three) = 3 AND sum(CASE WHEN near THEN 1 ELSE 0 END) OVER last_three >= 2 AS ends_near
    FROM turned
    WINDOW
        so_far AS (PARTITION BY series ORDER BY period ROWS UNBOUNDED PRECEDING),
        last_three AS (PARTITION BY series ORDER BY period ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
),

measured AS (
    SELECT
        *,
        first_value(period) OVER on_side AS side_since,
        CAST(row_number() OVER on_side AS INTEGER) AS side_runs,
        side <> 0 AND count(*) OVER one_side >= CASE
            WHEN avg(sigmas) OVER one_side >= rule('strong_run') THEN run_needed ELSE weak_run_needed
        END AS in_run,
        first_value(period_before) OVER on_way AS trend_since,
        CAST(row_number() OVER on_way AS INTEGER) + 1 AS trend_runs,
        CASE WHEN move <> 0 AND count(*) OVER (PARTITION BY series, move_stretch) >= 6 THEN move END AS trend_of_move
    FROM stretched
    WINDOW
        one_side AS (PARTITION BY series, side_stretch),
        on_side AS (PARTITION BY series, side_stretch ORDER BY period),
        on_way AS (PARTITION BY series, move_stretch ORDER BY period)
),

-- The point from which a trend starts is one of its 7. A point at which a rise ends and a fall begins belongs to the
-- rise.
found AS (
    SELECT
        *,
        coalesce(trend_of_move, lead(trend_of_move) OVER in_order) AS trend,
        near AND bool_or(ends_near) OVER (
            PARTITION BY series ORDER BY period ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING
        ) AS in_near,
        place - max(CASE WHEN NOT outside THEN place WHEN crosses = 1 THEN place - 1 ELSE 0 END) OVER (
            PARTITION BY series ORDER BY period ROWS UNBOUNDED PRECEDING
        ) AS outside_runs
    FROM measured
    WINDOW in_order AS (PARTITION BY series ORDER BY period)
),

named AS (
    SELECT
        *,
        CASE
            WHEN outside THEN 'outside'
            WHEN trend IS NOT NULL THEN 'trend'
            WHEN in_near THEN 'near'
            WHEN in_run THEN 'run'
        END AS special
    FROM found
)

SELECT
    series,
    period,
    special,
    CAST(
        CASE WHEN special IS NULL THEN 0 WHEN special = 'trend' THEN trend ELSE side END AS INTEGER
    ) AS toward,
    CASE WHEN special = 'trend' THEN trend_since WHEN special IS NOT NULL THEN side_since END AS since,
    CASE WHEN special = 'trend' THEN trend_runs WHEN special IS NOT NULL THEN side_runs END AS runs,
    CASE WHEN special = 'outside' THEN outside_runs END AS outside_runs,
    round(
        least(
            1,
            4 * least(
                2 * exp(-power(sigmas, 2) / 2) / sqrt(2 * pi())
                / (0.661 * sigmas + 0.339 * sqrt(power(sigmas, 2) + 5.51)),
                CASE
                    WHEN side = 0 THEN 1
                    ELSE power(CAST(0.5 AS DOUBLE) + asin(autocorrelation) / pi(), side_runs - 1)
                END,
                -- A rise or fall of 7 points has 2 of their 5,040 orders.
                CASE WHEN trend IS NOT NULL THEN 2 / CAST(5040.0 AS DOUBLE) ELSE 1 END,
                -- Of 3 points, 2 or more lie over 2 standard deviations off on one side: 2 (3 p² (1 − p) + p³), with
                -- p = 0.02275, the normal distribution's tail. That the third is on that side too is rarer yet.
                CASE WHEN in_near THEN 0.0031 ELSE 1 END
            )
        ),
        12
    ) AS p_value
FROM named

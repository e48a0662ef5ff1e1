-- A row: a series and the period of a point, with the limits of its control chart (see `control_series` for what the
-- limits are made of).
-- Which chart: for a share Laney's p′, for a rate his u′ (the limits widen if the denominator is small, and include
-- the variation between clients); for a count, or if the denominators are not known, XmR as in NHS England's "Making
-- Data Count"; for a stock, XmR on its steps, drawn around the value before plus the mean step, so that growth as
-- such is no signal. See docs/control-charts.md.
-- `centre`: the mean (for a share or rate the pooled one; for a stock the value before plus the mean step). `sigma`: a
-- third of the way from the centre to a limit: the mean moving range × 2.66 / 3, times the point's `spread`; moving
-- ranges of 3.267 × their mean and more are left out, unless that leaves only zeros. If fewer than 5 events per point
-- are expected (for a share, on either side), it is at least as large as counts of that size vary by chance; for a
-- stock, large enough that a step of one client cannot be a signal.
-- `autocorrelation`: between the levels and earlier ones, one period back or up to seven (clients who stay keep a mean
-- up for long), whichever is more, after removing the one change of level that explains most (or a change could pass
-- for autocorrelation and hide itself); 0 if independent points would give as much, else corrected for what the removed
-- change and the length of the series take from it, at most 0.95. Points that resemble the one before give moving
-- ranges that are too small, so `sigma` is divided by sqrt(1 − autocorrelation); but it is at most 1.15 standard
-- deviations of the points themselves (rule `widest_limits`), if moving ranges alone do not give more.
-- `run_needed`: how many points in a row on one side are a signal: 8 if points are independent (rule `run_points`),
-- more if they are not, so that chance makes such a run no more often.
-- `weak_run_needed`: the same for points near the mean: for shares and rates at least 12 (rule `weak_run_points`),
-- because their clients stay, and such a slow drift is too weak for the estimate; else `run_needed`.
-- `too_few`: less than one event per point is expected (for a share, on either side): there is a mean but no limits,
-- because one client would make a signal. A share that is always 100 % has no other side to be small.
-- `trial`: fewer than 12 `points`: limits to look at, and no signal.
WITH centred AS (
    SELECT
        *,
        round(CASE WHEN stock OR pooled IS NULL THEN avg(level) OVER whole ELSE pooled END, 9) AS middle,
        lag(level) OVER in_order AS level_before,
        lag(spread) OVER in_order AS spread_before,
        adjacent AND lag(level) OVER in_order IS NOT NULL AS follows,
        CASE WHEN level IS NOT NULL THEN count(level) OVER in_order END AS place,
        count(level) OVER whole AS levels
    FROM control_series
    WINDOW
        whole AS (PARTITION BY series),
        in_order AS (PARTITION BY series ORDER BY period)
),

scaled AS (
    SELECT
        *,
        (level - middle) / spread AS z,
        CASE WHEN follows THEN abs((level - middle) / spread - (level_before - middle) / spread_before) END AS range
    FROM centred
),

-- The change of level that explains most: the split that reduces the sum of squares most, with 4 levels or more on each
-- side; the earliest of equals.
cumulated AS (
    SELECT
        series,
        period,
        follows,
        z,
        place,
        levels,
        sum(z) OVER (PARTITION BY series ORDER BY place) AS so_far,
        avg(z) OVER (PARTITION BY series) AS mean
    FROM scaled
    WHERE place IS NOT NULL
),

changed AS (
    SELECT series, place, so_far / place AS mean_before, (levels * mean - so_far) / (levels - place) AS mean_after
    FROM cumulated
    WHERE place BETWEEN 4 AND levels - 4
    QUALIFY row_number() OVER (
        PARTITION BY series
        ORDER BY round(power(so_far - place * mean, 2) / (place * (1 - place / CAST(levels AS DOUBLE))), 9) DESC, place
    ) = 1
),

unchanged AS (
    SELECT
        cumulated.series,
        cumulated.period,
        cumulated.follows,
        cumulated.z - CASE
            WHEN changed.place IS NULL THEN cumulated.mean
            WHEN cumulated.place <= changed.place THEN changed.mean_before
            ELSE changed.mean_after
        END AS rest
    FROM cumulated
    LEFT JOIN changed ON cumulated.series = changed.series
),

paired AS (
    SELECT
        series,
        rest,
        CASE WHEN follows THEN lag(rest, 1) OVER in_order END AS rest_1,
        lag(rest, 2) OVER in_order AS rest_2,
        lag(rest, 3) OVER in_order AS rest_3,
        lag(rest, 4) OVER in_order AS rest_4,
        lag(rest, 5) OVER in_order AS rest_5,
        lag(rest, 6) OVER in_order AS rest_6,
        lag(rest, 7) OVER in_order AS rest_7
    FROM unchanged
    WINDOW in_order AS (PARTITION BY series ORDER BY period)
),

estimated AS (
    SELECT
        series,
        CAST(count(*) AS DOUBLE) AS levels,
        CASE WHEN count(*) >= 24 THEN least(7, floor(count(*) / CAST(4.0 AS DOUBLE))) ELSE 0 END AS lags,
        ratio(avg(rest * rest_1), avg(power(rest, 2))) AS r_1,
        ratio(avg(rest * rest_2), avg(power(rest, 2))) AS r_2,
        ratio(avg(rest * rest_3), avg(power(rest, 2))) AS r_3,
        ratio(avg(rest * rest_4), avg(power(rest, 2))) AS r_4,
        ratio(avg(rest * rest_5), avg(power(rest, 2))) AS r_5,
        ratio(avg(rest * rest_6), avg(power(rest, 2))) AS r_6,
        ratio(avg(rest * rest_7), avg(power(rest, 2))) AS r_7
    FROM paired
    GROUP BY series
),

-- The mean over up to 7 periods back, nearer ones counting more (Bartlett's weights), for series of at least 24 levels.
-- The weights sum to lags / 2, their squares to lags (2 lags + 1) / (6 lags + 6).
longer AS (
    SELECT
        *,
        ratio(
            greatest(1 - 1 / (lags + 1), 0) * coalesce(r_1, 0)
            + greatest(1 - 2 / (lags + 1), 0) * coalesce(r_2, 0)
            + greatest(1 - 3 / (lags + 1), 0) * coalesce(r_3, 0)
            + greatest(1 - 4 / (lags + 1), 0) * coalesce(r_4, 0)
            + greatest(1 - 5 / (lags + 1), 0) * coalesce(r_5, 0)
            + greatest(1 - 6 / (lags + 1), 0) * coalesce(r_6, 0)
            + greatest(1 - 7 / (lags + 1), 0) * coalesce(r_7, 0),
            lags / 2
        ) AS r_long,
        sqrt(ratio(lags * (2 * lags + 1) / (6 * (lags + 1)), levels * power(lags / 2, 2))) AS r_long_error
    FROM estimated
),

-- Of independent points the estimates lie about 3.5 / n and 4 / n under 0, give or take their errors. What the taken
-- out change and the length of the series take from them is put back; the factors are those of simulations
-- (docs/control-charts.md).
correlated AS (
    SELECT
        series,
        -- Rounded, so that the order in which an engine adds changes no chart.
        round(
            least(
                greatest(
                    CASE
                        WHEN round(r_1 + 3.5 / levels - 0.5 / sqrt(levels), 9) > 0
                            THEN 1.5 * (r_1 + least(9 / levels, 0.4))
                        ELSE 0
                    END,
                    CASE
                        WHEN round(r_long + 4 / levels - 0.75 * r_long_error, 9) > 0
                            THEN 5 * (r_long + least(12 / levels, 0.4))
                        ELSE 0
                    END,
                    0
                ),
                0.95
            ),
            9
        ) AS autocorrelation
    FROM longer
),

ranged AS (
    SELECT series, avg(range) AS mean_range FROM scaled GROUP BY series
),

summed AS (
    SELECT
        scaled.series,
        count(*) AS points,
        max(scaled.middle) AS middle,
        coalesce(
            nullif(
                round(avg(scaled.range) FILTER (WHERE round(scaled.range, 9) < round(3.267 * ranged.mean_range, 9)), 9),
                0
            ),
            round(max(ranged.mean_range), 9)
        ) * 2.66 / 3 AS sigma_z,
        coalesce(max(correlated.autocorrelation), 0) AS autocorrelation,
        round(stddev_samp(scaled.z), 9) AS spread_z,
        CASE
            WHEN bool_or(scaled.stock) THEN NULL
            WHEN max(scaled.scale) = 'share' AND max(scaled.value) > min(scaled.value)
                THEN least(avg(scaled.numerator), avg(scaled.denominator - scaled.numerator))
            WHEN max(scaled.scale) = 'share' AND min(scaled.value) = 1 THEN NULL
            WHEN max(scaled.scale) = 'rate'
                THEN least(avg(scaled.numerator), avg(scaled.denominator) * max(scaled.denominator_in))
            ELSE avg(scaled.numerator)
        END AS events,
        max(scaled.scale) AS scale,
        bool_or(scaled.stock) AS stock,
        bool_or(scaled.pooled IS NOT NULL) AS divided,
        avg(scaled.numerator) AS mean_numerator,
        avg(scaled.denominator) AS mean_denominator,
        min(scaled.denominator) AS denominator_low,
        max(scaled.denominator) AS denominator_high
    FROM scaled
    JOIN ranged ON scaled.series = ranged.series
    LEFT JOIN correlated ON scaled.series = correlated.series
    GROUP BY scaled.series
),

limited AS (
    SELECT
        series,
        points,
        points < rule('points_needed') AS trial,
        divided AND NOT stock AS of_clients,
        coalesce(CASE WHEN stock THEN mean_numerator ELSE events END < 1, false) AS too_few,
        middle,
        autocorrelation,
        denominator_low,
        denominator_high,
        CASE WHEN sigma_z IS NOT NULL THEN greatest(
            sigma_z,
            CASE
                WHEN stock AND scale = 'count' THEN 0.5
                WHEN stock THEN coalesce(0.5 / mean_denominator, 0)
                WHEN events >= 5 OR events IS NULL THEN 0
                WHEN divided THEN 1
                WHEN scale = 'count' THEN sqrt(events)
                ELSE 0
            END
        ) END AS narrow_z,
        spread_z,
        CAST(greatest(
            rule('run_points'),
            1 + ceil(round(
                (rule('run_points') - 1) * ln(CAST(0.5 AS DOUBLE))
                / ln(CAST(0.5 AS DOUBLE) + asin(autocorrelation) / pi()),
                6
            ))
        ) AS INTEGER) AS run_needed
    FROM summed
),

widened AS (
    SELECT
        *,
        CASE WHEN narrow_z IS NOT NULL THEN least(
            narrow_z / sqrt(1 - autocorrelation), greatest(narrow_z, rule('widest_limits') * coalesce(spread_z, 0))
        ) END AS sigma_z
    FROM limited
)

SELECT
    scaled.series,
    scaled.period,
    scaled.stock,
    scaled.value,
    round(
        CASE WHEN scaled.stock THEN scaled.value_before + widened.middle ELSE widened.middle END, 9
    ) AS centre,
    scaled.level - widened.middle AS off,
    CASE
        WHEN widened.too_few OR (scaled.stock AND scaled.level IS NULL) THEN NULL
        ELSE round(widened.sigma_z * scaled.spread, 9)
    END AS sigma,
    widened.autocorrelation,
    widened.run_needed,
    CASE
        WHEN widened.of_clients THEN greatest(widened.run_needed, CAST(rule('weak_run_points') AS INTEGER))
        ELSE widened.run_needed
    END AS weak_run_needed,
    widened.too_few,
    widened.points,
    widened.trial,
    widened.denominator_low,
    widened.denominator_high
FROM scaled
JOIN widened ON scaled.series = widened.series

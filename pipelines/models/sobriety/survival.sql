-- A row: a time at which events happened, on a Kaplan–Meier curve of a group (see `event_time` for what is followed).
-- `at_risk`: followed up to that time, those censored at it included (events come before censorings).
-- `survival`: the product of 1 − events / at_risk up to that time. `ci_low`, `ci_high`: 95 %, log-log (Kalbfleisch and
-- Prentice) on Greenwood's variance; they meet the curve where it is 0.
WITH counted AS (
    SELECT
        *,
        sum(followed) OVER (
            PARTITION BY curve, breakdown, member ORDER BY time DESC ROWS UNBOUNDED PRECEDING
        )::BIGINT AS at_risk
    FROM event_count
),

summed AS (
    SELECT
        *,
        sum(CASE WHEN events < at_risk THEN ln(1 - events / at_risk::DOUBLE) END) OVER so_far AS log_survival,
        sum(CASE WHEN events < at_risk THEN events / (at_risk::DOUBLE * (at_risk - events)) END) OVER so_far AS variance
    FROM counted
    WHERE events > 0
    WINDOW so_far AS (PARTITION BY curve, breakdown, member ORDER BY time ROWS UNBOUNDED PRECEDING)
)

SELECT
    curve,
    breakdown,
    member,
    time,
    at_risk,
    events,
    CASE WHEN events = at_risk THEN 0 ELSE exp(log_survival) END AS survival,
    CASE
        WHEN events = at_risk THEN 0
        ELSE exp(log_survival * exp(1.959963984540054 * sqrt(variance) / -log_survival))
    END AS ci_low,
    CASE
        WHEN events = at_risk THEN 0
        ELSE exp(log_survival * exp(-1.959963984540054 * sqrt(variance) / -log_survival))
    END AS ci_high
FROM summed

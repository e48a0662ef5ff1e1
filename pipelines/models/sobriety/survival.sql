-- A row: a time at which events happened, on the Kaplan–Meier curve of a group (see `event_time` for the curves).
-- `at_risk`: those who had entered by that time and were followed at least that long, including those censored at it
-- (events come before censorings). `entered`: stays that entered late, up to this time (delayed entry).
-- `survival`: the product of 1 − events / at_risk up to that time; 0 from the first time at which everyone at risk had
-- the event. `ci_low`, `ci_high`: 95 %, log-log (Kalbfleisch and Prentice) on Greenwood's variance; both equal the
-- curve when it is 0.
-- Published, ordered by curve, breakdown, member, time.
WITH entered AS (
    SELECT
        *,
        CAST(sum(entered) OVER (PARTITION BY curve, breakdown, member ORDER BY time ROWS UNBOUNDED PRECEDING) AS BIGINT)
            AS entered_so_far
    FROM event_count
),

summed AS (
    SELECT
        *,
        sum(CASE WHEN events < at_risk THEN ln(1 - events / CAST(at_risk AS DOUBLE)) END) OVER so_far AS log_survival,
        sum(CASE WHEN events < at_risk THEN events / (CAST(at_risk AS DOUBLE) * (at_risk - events)) END) OVER so_far
        AS variance,
        max(CASE WHEN events = at_risk THEN 1 ELSE 0 END) OVER so_far AS none_left
    FROM entered
    WHERE events > 0
    WINDOW so_far AS (PARTITION BY curve, breakdown, member ORDER BY time ROWS UNBOUNDED PRECEDING)
)

SELECT
    curve,
    breakdown,
    member,
    time,
    entered_so_far AS entered,
    at_risk,
    events,
    CASE WHEN none_left = 1 THEN 0 ELSE exp(log_survival) END AS survival,
    CASE
        WHEN none_left = 1 THEN 0
        ELSE exp(log_survival * exp(1.959963984540054 * sqrt(variance) / -log_survival))
    END AS ci_low,
    CASE
        WHEN none_left = 1 THEN 0
        ELSE exp(log_survival * exp(-1.959963984540054 * sqrt(variance) / -log_survival))
    END AS ci_high
FROM summed

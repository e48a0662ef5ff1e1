-- A row: a time at which events happened, on a Kaplan–Meier curve of a group (see `event_time` for what is followed).
-- `at_risk`: followed up to that time, those censored at it included (events come before censorings).
-- `survival`: the product of 1 − events / at_risk up to that time. `ci_low`, `ci_high`: 95 %, log-log (Kalbfleisch and
-- Prentice) on Greenwood's variance; they meet the curve where it is 0.
WITH grouped AS (
    SELECT
        curve,
        b.breakdown,
        CASE b.breakdown
            WHEN 'all' THEN 'all'
            WHEN 'site' THEN site
            WHEN 'program' THEN program
            WHEN 'level_of_care' THEN level_of_care
            WHEN 'primary_addiction' THEN primary_addiction
            ELSE admission_quarter
        END AS member,
        time,
        count(*) AS leaving,
        count(*) FILTER (WHERE event) AS events
    FROM event_time
    CROSS JOIN (
        VALUES ('all'), ('site'), ('program'), ('level_of_care'), ('primary_addiction'), ('admission_quarter')
    ) AS b(breakdown)
    GROUP BY ALL
),

followed AS (
    SELECT
        *,
        sum(leaving) OVER (
            PARTITION BY curve, breakdown, member ORDER BY time DESC ROWS UNBOUNDED PRECEDING
        )::BIGINT AS at_risk
    FROM grouped
),

summed AS (
    SELECT
        *,
        sum(CASE WHEN events < at_risk THEN ln(1 - events / at_risk::DOUBLE) END) OVER so_far AS log_survival,
        sum(CASE WHEN events < at_risk THEN events / (at_risk::DOUBLE * (at_risk - events)) END) OVER so_far AS variance
    FROM followed
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

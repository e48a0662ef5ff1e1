-- A row: an admission and a measure of its outcome, on the `day` on which the outcome is known: the 14th, 31st, 48th or
-- 91st day of the stay, or the last of its 15th week for outcomes of the library (outcome_library.toml). So a period
-- counts the admissions that reached that day in it, and its figures no longer change. Unknown outcomes count in no
-- denominator. `waiting_days` counts on the day of the first session.
-- Made client by client.
WITH event AS (
    SELECT
        client_id,
        span,
        first_session_on AS day,
        'waiting_days' AS measure,
        days_between(start_date, first_session_on) AS numerator
    FROM admission
    UNION ALL
    SELECT
        client_id,
        span,
        add_days(start_date, rule('initiated_within_days') - 1),
        'initiated',
        CAST(initiated AS INTEGER)
    FROM admission
    UNION ALL
    SELECT client_id, span, add_days(start_date, rule('first_month_days')), 'continued', CAST(continued AS INTEGER)
    FROM admission
    UNION ALL
    SELECT client_id, span, add_days(start_date, rule('first_month_days')), 'sponsor_30', CAST(sponsor_30 AS INTEGER)
    FROM admission
    UNION ALL
    SELECT
        client_id,
        span,
        add_days(start_date, rule('initiated_within_days') - 1 + rule('engaged_within_days')),
        'engaged',
        CAST(engaged AS INTEGER)
    FROM admission
    UNION ALL
    SELECT client_id, span, add_days(start_date, rule('first_quarter_days')), 'sponsor_90', CAST(sponsor_90 AS INTEGER)
    FROM admission
    UNION ALL
    SELECT
        client_id,
        span,
        add_days(start_date, rule('first_quarter_days')),
        'retained_90',
        CAST(retained_90 AS INTEGER)
    FROM admission
    UNION ALL
    SELECT client_id, span, add_days(start_date, rule('first_quarter_days')), 'use_90', CAST(use_90 AS INTEGER)
    FROM admission
)

SELECT client_id, span, day, measure, numerator, 1 AS denominator
FROM event
WHERE numerator IS NOT NULL
UNION ALL
SELECT
    admission.client_id,
    admission.span,
    add_days(outcomes.start_week, 104),
    outcomes.outcome,
    outcomes.value,
    1
FROM admission
JOIN use_pattern ON admission.client_id = use_pattern.client_id AND admission.stay = use_pattern.stay
JOIN outcomes
    ON use_pattern.client_id = outcomes.client_id AND use_pattern.start_week = outcomes.start_week
WHERE outcomes.outcome IN ('abstinent_weeks_5_15', 'abstinent_weeks_12_15') AND outcomes.value IS NOT NULL

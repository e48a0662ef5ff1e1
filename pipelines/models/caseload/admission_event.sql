-- A row: an admission and a measure of what came of it, on the `day` on which that can be told: the 14th, 31st, 48th
-- or 91st day of the stay, or the last of its 15th week for outcomes of the library (outcome_library.toml). So a period holds the admissions that came to that day in it, and its figures change no
-- more; those for whom it is not known count in no denominator. `waiting_days` stands on the day of the first session.
SELECT m.day, m.measure, m.numerator, 1 AS denominator, site, program, level_of_care, primary_addiction
FROM (
    SELECT
        *,
        add_days(start_date, 13) AS day_13,
        add_days(start_date, 30) AS day_30,
        add_days(start_date, 47) AS day_47,
        add_days(start_date, 90) AS day_90
    FROM admission
) AS admission
CROSS JOIN LATERAL (
    VALUES
    ('waiting_days', first_session_on, days_between(start_date, first_session_on)),
    ('initiated', day_13, initiated::INTEGER),
    ('continued', day_30, continued::INTEGER),
    ('sponsor_30', day_30, sponsor_30::INTEGER),
    ('engaged', day_47, engaged::INTEGER),
    ('sponsor_90', day_90, sponsor_90::INTEGER),
    ('retained_90', day_90, retained_90::INTEGER),
    ('use_90', day_90, use_90::INTEGER)
) AS m(measure, day, numerator)
WHERE m.numerator IS NOT NULL
UNION ALL
SELECT
    add_days(outcomes.start_week, 104),
    outcomes.outcome,
    outcomes.value,
    1,
    admission.site,
    admission.program,
    admission.level_of_care,
    admission.primary_addiction
FROM admission
JOIN use_pattern ON admission.client_id = use_pattern.client_id AND admission.stay = use_pattern.stay
JOIN outcomes
    ON use_pattern.client_id = outcomes.client_id AND use_pattern.start_week = outcomes.start_week
WHERE outcomes.outcome IN ('abstinent_weeks_5_15', 'abstinent_weeks_12_15') AND outcomes.value IS NOT NULL

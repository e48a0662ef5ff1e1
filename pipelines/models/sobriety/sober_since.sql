-- A row: a client in care on the as-of date, and the day since which the client counts as sober.
-- `sober_since`: the day after the last use day; with no known use, the declared sobriety date (of the latest episode
-- that has one); else the first abstinent day. `basis`: which of the three applies: use, declared or confirmed.
-- `confirmed_through`: the last known abstinent day.
-- `declared_on`: the first day of the episode that has the declared date.
-- `declared_conflict`: how the declared date contradicts the records. `after_last_use`: it is later than the day after
-- the last use, as if there had been another use. `after_confirmed`: it is later than the last known abstinent day, so
-- nothing confirms it. Null without a contradiction. Definition: docs/measures.md.
-- Made client by client.
WITH in_care AS (
    SELECT DISTINCT stay.client_id
    FROM stay
    CROSS JOIN clock
    WHERE stay.start_date <= clock.as_of AND coalesce(stay.end_date, clock.as_of) >= clock.as_of
),

used AS (
    SELECT client_id, max(day) AS last_use_day FROM use_day GROUP BY client_id
),

abstinent AS (
    SELECT client_id, min(start_date) AS first_day, max(end_date) AS confirmed_through
    FROM abstinent_span
    GROUP BY client_id
),

declared AS (
    SELECT client_id, sobriety_date, start_date
    FROM episodes
    WHERE sobriety_date IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY client_id ORDER BY start_date DESC, program NULLS LAST) = 1
)

SELECT
    in_care.client_id,
    used.last_use_day,
    abstinent.confirmed_through,
    coalesce(add_days(used.last_use_day, 1), declared.sobriety_date, abstinent.first_day) AS sober_since,
    CASE
        WHEN used.last_use_day IS NOT NULL THEN 'use'
        WHEN declared.sobriety_date IS NOT NULL THEN 'declared'
        WHEN abstinent.first_day IS NOT NULL THEN 'confirmed'
    END AS basis,
    declared.sobriety_date AS declared_sobriety_date,
    declared.start_date AS declared_on,
    CASE
        WHEN declared.sobriety_date > add_days(used.last_use_day, 1) THEN 'after_last_use'
        WHEN declared.sobriety_date > abstinent.confirmed_through THEN 'after_confirmed'
    END AS declared_conflict
FROM in_care
LEFT JOIN used ON in_care.client_id = used.client_id
LEFT JOIN abstinent ON in_care.client_id = abstinent.client_id
LEFT JOIN declared ON in_care.client_id = declared.client_id

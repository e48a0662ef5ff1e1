-- A row: a stretch of days without known use that starts and ends on an abstinent day and has no unknown gap of more
-- than 30 days. `ended_by`: `use` if a use day comes next, after at most 30 unknown days; `open` if nothing is known
-- afterwards and at most 30 days have passed; else `unknown`. `confirmed_days`: its days confirmed by check-ins and
-- tests; the others are unknown. Definition: docs/measures.md.
-- Made client by client.
-- Published, ordered by client_id, start_date.
WITH known AS (
    SELECT client_id, start_date, end_date, false AS use FROM abstinent_span
    UNION ALL
    SELECT client_id, day, day, true FROM use_day
),

placed AS (
    SELECT
        *,
        lag(use) OVER by_day AS use_before,
        lag(end_date) OVER by_day AS known_before,
        lead(use) OVER by_day AS use_next,
        lead(start_date) OVER by_day AS known_next
    FROM known
    WINDOW by_day AS (PARTITION BY client_id ORDER BY start_date)
),

-- Known days 31 apart have 30 unknown days between them. `ended_by` is null while the spell continues.
ended AS (
    SELECT
        placed.client_id,
        placed.start_date,
        placed.end_date,
        CASE
            WHEN
                NOT placed.use_before
                AND days_between(placed.known_before, placed.start_date) <= rule('spell_gap_days') + 1
                THEN 0
            ELSE 1
        END AS begins,
        CASE
            WHEN placed.known_next IS NULL AND days_between(placed.end_date, clock.as_of) <= rule('spell_gap_days')
                THEN 'open'
            WHEN
                placed.known_next IS NULL
                OR days_between(placed.end_date, placed.known_next) > rule('spell_gap_days') + 1
                THEN 'unknown'
            WHEN placed.use_next THEN 'use'
        END AS ended_by
    FROM placed
    CROSS JOIN clock
    WHERE NOT placed.use
),

numbered AS (
    SELECT *, sum(begins) OVER (PARTITION BY client_id ORDER BY start_date) AS spell FROM ended
)

SELECT
    client_id,
    min(start_date) AS start_date,
    max(end_date) AS end_date,
    days_between(min(start_date), max(end_date)) + 1 AS days,
    max(ended_by) AS ended_by,
    CAST(sum(days_between(start_date, end_date) + 1) AS BIGINT) AS confirmed_days
FROM numbered
GROUP BY client_id, spell

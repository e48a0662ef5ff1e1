-- A row: a stretch of days on which a client is known to have been abstinent, as long as it can be: what
-- check-ins and tests said, joined where it meets or overlaps, and cut at use days, for use wins. No two rows
-- of a client share a day.
WITH followed AS (
    SELECT
        client_id,
        start_date,
        max(end_date) OVER (
            PARTITION BY client_id ORDER BY start_date ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS said_before,
        max(end_date) OVER (PARTITION BY client_id) AS said_last
    FROM abstinent_said
),

-- A stretch ends where all that was said before the next one begins had ended.
stretches AS (
    SELECT
        client_id,
        start_date,
        coalesce(lead(said_before) OVER (PARTITION BY client_id ORDER BY start_date), said_last) AS end_date
    FROM followed
    WHERE said_before IS NULL OR days_between(said_before, start_date) > 1
),

-- A piece starts with its stretch, or on the day after a use day in it, and ends on the day before the next use day.
starts AS (
    SELECT client_id, start_date AS stretch, start_date, end_date FROM stretches
    UNION ALL
    SELECT stretches.client_id, stretches.start_date, add_days(use_day.day, 1), stretches.end_date
    FROM stretches
    JOIN use_day
        ON stretches.client_id = use_day.client_id
        AND use_day.day BETWEEN stretches.start_date AND stretches.end_date
),

pieces AS (
    SELECT
        client_id,
        start_date,
        coalesce(
            add_days(lead(start_date) OVER (PARTITION BY client_id, stretch ORDER BY start_date), -2), end_date
        ) AS end_date
    FROM starts
)

SELECT client_id, start_date, end_date
FROM pieces
WHERE start_date <= end_date

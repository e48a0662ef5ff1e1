-- A row: a stretch of days on which a client is known to have been abstinent, as long as possible: the reported
-- stretches, joined if they touch or overlap, and cut at use days, because a report of use outweighs a report of
-- abstinence. A client's rows never share a day.
-- Made client by client.
WITH followed AS (
    SELECT
        client_id,
        start_date,
        max(end_date) OVER (
            PARTITION BY client_id ORDER BY start_date ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS earlier_end,
        max(end_date) OVER (PARTITION BY client_id) AS last_end
    FROM reported_abstinence
),

-- A stretch ends on the latest end date among the reports before the next stretch.
stretches AS (
    SELECT
        client_id,
        start_date,
        coalesce(lead(earlier_end) OVER (PARTITION BY client_id ORDER BY start_date), last_end) AS end_date
    FROM followed
    WHERE earlier_end IS NULL OR days_between(earlier_end, start_date) > 1
),

-- A piece starts with its stretch or the day after a use day, and ends the day before the next use day.
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

-- A row: a stretch of days that a check-in or test says were abstinent; it is known from its last day, the day of the
-- check-in or test, on. Nothing that another one says is taken off yet: `abstinent_span` does that.
-- A completed check-in covers the days after the previous one (blank answers count as one) up to and with its own, at
-- most 30 in all and never before the stay began; without a stay yet, its own day. Without use they are abstinent; with
-- a dated last use, those after it; with an undated one, none. A test speaks for its own day.
-- Several check-ins of a day cover the same days, so the one that says most stands for all. Definition: docs/measures.md.
WITH answers AS (
    SELECT
        client_id,
        checkin_date,
        bool_or(NOT used) AS says_none,
        min(last_use_date) FILTER (WHERE used) AS last_use_date
    FROM checkins
    WHERE status = 'completed' AND source <> 'toxicology'
    GROUP BY client_id, checkin_date
),

follow_on AS (
    SELECT *, lag(checkin_date) OVER (PARTITION BY client_id ORDER BY checkin_date) AS previous FROM answers
),

begun AS (
    SELECT client_id, start_date, lead(start_date) OVER (PARTITION BY client_id ORDER BY start_date) AS next_start
    FROM stay
),

covering AS (
    SELECT
        follow_on.client_id,
        follow_on.checkin_date,
        follow_on.says_none,
        follow_on.last_use_date,
        greatest(
            add_days(follow_on.checkin_date, 1 - rule('checkin_covers_days')),
            coalesce(add_days(follow_on.previous, 1), DATE '0001-01-01'),
            coalesce(begun.start_date, follow_on.checkin_date)
        ) AS covered_from
    FROM follow_on
    LEFT JOIN begun
        ON follow_on.client_id = begun.client_id
        AND follow_on.checkin_date >= begun.start_date
        AND (begun.next_start IS NULL OR follow_on.checkin_date < begun.next_start)
),

said AS (
    SELECT
        client_id,
        CASE WHEN says_none THEN covered_from ELSE greatest(covered_from, add_days(last_use_date, 1)) END AS start_date,
        checkin_date AS end_date
    FROM covering
    WHERE says_none OR last_use_date IS NOT NULL
    UNION ALL
    SELECT DISTINCT client_id, checkin_date, checkin_date
    FROM checkins
    WHERE status = 'completed' AND source = 'toxicology' AND NOT used
)

SELECT client_id, start_date, end_date
FROM said
WHERE start_date <= end_date

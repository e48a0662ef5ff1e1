-- A row: a stretch of days reported abstinent by one check-in or test. It is known from its last day on, the day of
-- that check-in or test. Days that other reports contradict are still included; `abstinent_span` removes them. A
-- completed check-in covers its own day and the days since the previous one (a check-in with blank answers counts as
-- the previous one): at most 30 days, and none before the stay began. Without a stay it covers its own day only. If the
-- client reports no use, the covered days are abstinent; if a dated last use, the days after it; if an undated use,
-- none. A test covers its own day. Check-ins on one day cover the same days; where they differ, the one reporting more
-- abstinent days counts. Definition: docs/measures.md.
-- Made client by client.
WITH answers AS (
    SELECT
        client_id,
        checkin_date,
        bool_or(NOT used) AS no_use,
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
        follow_on.no_use,
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

report AS (
    SELECT
        client_id,
        CASE WHEN no_use THEN covered_from ELSE greatest(covered_from, add_days(last_use_date, 1)) END AS start_date,
        checkin_date AS end_date
    FROM covering
    WHERE no_use OR last_use_date IS NOT NULL
    UNION ALL
    SELECT DISTINCT client_id, checkin_date, checkin_date
    FROM checkins
    WHERE status = 'completed' AND source = 'toxicology' AND NOT used
)

SELECT client_id, start_date, end_date
FROM report
WHERE start_date <= end_date

-- A row: what is known of a client's sobriety from one day until the next news: the last use day and the last abstinent
-- day, by the check-ins and tests up to then. It gives the state at a month's end as it was known on that day.
-- A day reported abstinent may turn out to be a use day weeks later. Until then it counts as abstinent.
-- Made client by client.
WITH doubted AS (
    SELECT reported_abstinence.client_id, reported_abstinence.start_date, reported_abstinence.end_date
    FROM reported_abstinence
    JOIN use_day ON reported_abstinence.client_id = use_day.client_id AND reported_abstinence.end_date = use_day.day
),

learned AS (
    SELECT client_id, known_on, day AS use_day, CAST(NULL AS DATE) AS abstinent_day FROM use_day
    UNION ALL
    SELECT reported_abstinence.client_id, end_date, NULL, CASE WHEN use_day.day IS NULL THEN end_date END
    FROM reported_abstinence
    LEFT JOIN use_day
        ON reported_abstinence.client_id = use_day.client_id AND reported_abstinence.end_date = use_day.day
    UNION ALL
    -- The part of a contradicted stretch that remains: up to the day before the use.
    SELECT doubted.client_id, doubted.end_date, NULL, abstinent_span.end_date
    FROM doubted
    JOIN abstinent_span
        ON doubted.client_id = abstinent_span.client_id
        AND abstinent_span.end_date BETWEEN doubted.start_date AND doubted.end_date
),

by_day AS (
    SELECT client_id, known_on, max(use_day) AS use_day, max(abstinent_day) AS abstinent_day
    FROM learned
    GROUP BY client_id, known_on
),

-- Days counted as abstinent for a while: from the check-in that reported them until the one that reported use.
contradicted AS (
    SELECT by_day.client_id, by_day.known_on, max(use_day.day) AS abstinent_day
    FROM doubted
    JOIN use_day
        ON doubted.client_id = use_day.client_id
        AND use_day.day BETWEEN doubted.start_date AND doubted.end_date
    JOIN by_day
        ON doubted.client_id = by_day.client_id
        AND by_day.known_on >= doubted.end_date
        AND by_day.known_on < use_day.known_on
    GROUP BY by_day.client_id, by_day.known_on
),

so_far AS (
    SELECT
        client_id,
        known_on,
        add_days(lead(known_on) OVER by_known, -1) AS until_date,
        max(use_day) OVER by_known AS last_use_day,
        max(abstinent_day) OVER by_known AS abstinent_day
    FROM by_day
    WINDOW by_known AS (PARTITION BY client_id ORDER BY known_on)
)

SELECT
    so_far.client_id,
    so_far.known_on AS from_date,
    so_far.until_date,
    so_far.last_use_day,
    CASE
        WHEN contradicted.abstinent_day > so_far.abstinent_day OR so_far.abstinent_day IS NULL
            THEN contradicted.abstinent_day
        ELSE so_far.abstinent_day
    END AS confirmed_through
FROM so_far
LEFT JOIN contradicted ON so_far.client_id = contradicted.client_id AND so_far.known_on = contradicted.known_on

-- A row: a week of `care_week`; `unchanged` is false from three weeks before the client's score went over the threshold
-- until it was back under it, where it stayed over for six weeks or more: a lasting fall is taken as real, a short
-- one as chance.
WITH marked AS (
    SELECT
        client_id,
        stay,
        week,
        above,
        above AND NOT lag(above, 1, false) OVER (PARTITION BY client_id, stay ORDER BY week) AS begins
    FROM week_score
    WHERE above IS NOT NULL
),

numbered AS (
    SELECT
        client_id,
        week,
        above,
        sum(CASE WHEN begins THEN 1 ELSE 0 END) OVER (PARTITION BY client_id ORDER BY week) AS run
    FROM marked
),

fall AS (
    SELECT client_id, add_days(min(week), -21) AS first_week, max(week) AS last_week
    FROM numbered
    WHERE above
    GROUP BY client_id, run
    HAVING days_between(min(week), max(week)) >= 35
)

SELECT
    care_week.*,
    NOT exists(
        SELECT 1
        FROM fall
        WHERE
            fall.client_id = care_week.client_id
            AND care_week.week BETWEEN fall.first_week AND fall.last_week
    ) AS unchanged
FROM care_week

-- A row: a week of `care_week`; `unchanged` is false from six weeks before the client's score went over the threshold
-- until it was back under it, where it stayed over for five weeks or more: a lasting fall is taken as real, a short
-- one as chance. `falls`: how many lasting falls of the client have begun by then; after each, the usual is another.
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
    SELECT client_id, add_days(min(week), -42) AS first_week, max(week) AS last_week
    FROM numbered
    WHERE above
    GROUP BY client_id, run
    HAVING days_between(min(week), max(week)) >= 28
)

SELECT
    care_week.*,
    before.falls,
    before.last_week IS NULL OR before.last_week < care_week.week AS unchanged
FROM care_week
JOIN (
    SELECT care_week.client_id, care_week.week, count(fall.client_id) AS falls, max(fall.last_week) AS last_week
    FROM care_week
    LEFT JOIN fall ON care_week.client_id = fall.client_id AND care_week.week >= fall.first_week
    GROUP BY care_week.client_id, care_week.week
) AS before
    ON care_week.client_id = before.client_id AND care_week.week = before.week

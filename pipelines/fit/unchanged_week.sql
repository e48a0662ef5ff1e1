-- A row: a week of `care_week`; `unchanged` is false from six weeks before the client's score went over the threshold
-- until it was back under it, where it stayed over for four weeks or more: a lasting fall is taken as real, a short one
-- as chance. `falls`: how many lasting falls of the client have begun by then; after each, the usual is another.
WITH fall AS (
    SELECT client_id, add_days(min(week), -42) AS first_week, max(week) AS last_week
    FROM decline_candidate
    GROUP BY client_id, run
    HAVING days_between(min(week), max(week)) >= 21
),

fallen AS (
    SELECT care_week.client_id, care_week.week, count(fall.client_id) AS falls, max(fall.last_week) AS last_week
    FROM care_week
    LEFT JOIN fall ON care_week.client_id = fall.client_id AND care_week.week >= fall.first_week
    GROUP BY care_week.client_id, care_week.week
)

SELECT
    care_week.*,
    fallen.falls,
    fallen.last_week IS NULL OR fallen.last_week < care_week.week AS unchanged
FROM care_week
JOIN fallen ON care_week.client_id = fallen.client_id AND care_week.week = fallen.week

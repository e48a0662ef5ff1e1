-- A row: a client and a day of use, and the date of the check-in or test from which it is known (`known_on`,
-- the first).
-- Evidence is what a completed check-in or test says: a last_use_date is a use day whatever else the row
-- answers; a yes without it makes the check-in's own date the use day, as a positive test does. A missed one
-- is no evidence.
SELECT client_id, day, min(checkin_date) AS known_on
FROM (
    SELECT
        client_id,
        checkin_date,
        CASE WHEN source = 'toxicology' THEN checkin_date ELSE coalesce(last_use_date, checkin_date) END AS day
    FROM checkins
    WHERE status = 'completed' AND used
    UNION ALL
    SELECT client_id, checkin_date, last_use_date
    FROM checkins
    WHERE status = 'completed' AND source <> 'toxicology' AND last_use_date IS NOT NULL
) AS said
GROUP BY client_id, day

-- A row: a client's day of use, and the date of the first check-in or test that reported it (`known_on`).
-- Only completed check-ins and tests are evidence. A last_use_date is a use day whatever else the check-in answers. A
-- yes without a date, like a positive test, makes the check-in's own date the use day.
-- Made client by client.
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
) AS report
GROUP BY client_id, day

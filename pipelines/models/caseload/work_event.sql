-- A row: an agreement with a client in care on the `day`, or a flag, and its state then, by the groups (`span`) of that
-- week: a task on its due day, a contract on the day it was broken; a flag, by the groups of its own week, on the days
-- on which the time to act and the time to come back were over (see `flag_response`).
-- Made client by client.
WITH event AS (
    SELECT
        client_id,
        due_on AS day,
        'tasks_in_time' AS measure,
        CASE WHEN completed_on <= due_on THEN 1 ELSE 0 END AS numerator,
        1 AS denominator
    FROM tasks
    UNION ALL
    SELECT client_id, broken_on, 'contracts_broken', 1, NULL FROM contracts
)

SELECT event.client_id, care_period.span, event.day, event.measure, event.numerator, event.denominator
FROM event
JOIN care_period
    ON event.client_id = care_period.client_id
    AND care_period.kind = 'week'
    AND week_of(event.day) = care_period.period
    AND event.day BETWEEN care_period.from_day AND care_period.to_day
UNION ALL
SELECT client_id, span, acted_known_on, 'flags_acted_on', CASE WHEN acted_within_7 THEN 1 ELSE 0 END, 1
FROM flag_response
WHERE acted_within_7 IS NOT NULL
UNION ALL
SELECT client_id, span, back_known_on, 'flags_back_at_usual', CASE WHEN back_within_8 THEN 1 ELSE 0 END, 1
FROM flag_response
WHERE back_within_8 IS NOT NULL

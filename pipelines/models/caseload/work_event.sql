-- A row: something agreed with a client who was in care on the `day`, or a flag, and how it stood then, by the groups
-- of that week: a task on the day it was due, a contract on the day it was broken; a flag, by the groups of its own
-- week, 7 days after it could be seen (whether it was acted on) and 62 days after (whether involvement was back; see
-- `flag_response`).
-- Whether flags were acted on is told from the first entry of the outreach journal on.
WITH event AS (
    SELECT
        client_id,
        due_on AS day,
        'tasks_in_time' AS measure,
        coalesce(completed_on <= due_on, false)::INTEGER AS numerator,
        1 AS denominator
    FROM tasks
    UNION ALL
    SELECT client_id, broken_on, 'contracts_broken', 1, NULL FROM contracts
),

in_care AS (
    SELECT
        event.day,
        event.measure,
        event.numerator,
        event.denominator,
        care_period.site,
        care_period.program,
        care_period.level_of_care,
        care_period.primary_addiction
    FROM event
    JOIN care_period
        ON event.client_id = care_period.client_id
        AND care_period.kind = 'week'
        AND week_of(event.day) = care_period.period
        AND event.day BETWEEN care_period.from_day AND care_period.to_day
)

SELECT day, measure, numerator, denominator, site, program, level_of_care, primary_addiction FROM in_care
UNION ALL
SELECT
    add_days(seen_from, 7),
    'flags_acted_on',
    acted_within_7::INTEGER,
    1,
    site,
    program,
    level_of_care,
    primary_addiction
FROM flag_response
WHERE acted_within_7 IS NOT NULL AND seen_from >= (SELECT min(written_on) FROM outreach)
UNION ALL
SELECT
    add_days(seen_from, 62),
    'flags_back_at_usual',
    back_within_8::INTEGER,
    1,
    site,
    program,
    level_of_care,
    primary_addiction
FROM flag_response
WHERE back_within_8 IS NOT NULL

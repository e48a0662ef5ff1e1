-- A row: an episode, stay or window that ended, and a measure that funders ask for, on the `day` from which its figure
-- no longer changes. Unknown outcomes count in no denominator. Stays inferred from records alone have no discharge.
-- `continuity_7`, `continuity_14`: of episodes at a residential or withdrawal-management level (3.1 to 3.7),
-- whether a session was attended, or care at another level began, within so many days after the episode (CBE 3453 and
-- 3312). Clients who died or were incarcerated are left out.
-- `reassessed`: whether the reassessment was done, for windows that closed (see `reassessment`).
-- `admitted_…`, `contact_…`, `ended_…`: the client on three days of a stay that ended (see `state_of_stay`), by its
-- last day: meetings in 30 days (TEDS codes 1 to 4), abstinence, and a lower level of care than at admission. Only
-- stays for which all three are known count; for abstinence, those for which it is known at admission and at the last
-- contact, and `ended_abstinence_known` says for how many of these it is known at discharge.
-- Made client by client.
WITH left_level AS (
    SELECT client_id, span, end_date, level_of_care
    FROM care_span
    WHERE NOT inferred
        AND end_date <= last_day
        AND level_of_care LIKE '3%'
        AND coalesce(end_reason, '') NOT IN ('died', 'incarcerated')
),

service AS (
    SELECT left_level.client_id, left_level.span, min(days_between(left_level.end_date, sessions.session_date)) AS days
    FROM left_level
    JOIN sessions
        ON left_level.client_id = sessions.client_id
        AND sessions.status = 'attended'
        AND sessions.session_date > left_level.end_date
    GROUP BY left_level.client_id, left_level.span
    UNION ALL
    SELECT left_level.client_id, left_level.span, min(days_between(left_level.end_date, care_span.start_date))
    FROM left_level
    JOIN care_span
        ON left_level.client_id = care_span.client_id
        AND care_span.start_date >= left_level.end_date
        AND care_span.span <> left_level.span
        AND coalesce(care_span.level_of_care, '') <> left_level.level_of_care
    GROUP BY left_level.client_id, left_level.span
),

continued AS (
    SELECT left_level.client_id, left_level.span, left_level.end_date, min(service.days) AS days
    FROM left_level
    LEFT JOIN service ON left_level.client_id = service.client_id AND left_level.span = service.span
    GROUP BY left_level.client_id, left_level.span, left_level.end_date
),

compared AS (
    SELECT
        client_id,
        span,
        end_date,
        max(abstinent) FILTER (WHERE moment = 'admitted') AS admitted_abstinent,
        max(abstinent) FILTER (WHERE moment = 'contact') AS contact_abstinent,
        max(abstinent) FILTER (WHERE moment = 'ended') AS ended_abstinent,
        max(level_rank) FILTER (WHERE moment = 'admitted') AS admitted_rank,
        max(level_rank) FILTER (WHERE moment = 'contact') AS contact_rank,
        max(level_rank) FILTER (WHERE moment = 'ended') AS ended_rank,
        count(meetings) = 3 AS meetings_known,
        count(level_rank) = 3 AS levels_known
    FROM state_of_stay
    GROUP BY client_id, span, end_date
),

abstinence AS (
    SELECT * FROM compared WHERE admitted_abstinent IS NOT NULL AND contact_abstinent IS NOT NULL
)

SELECT
    continued.client_id,
    continued.span,
    add_days(continued.end_date, 7) AS day,
    'continuity_7' AS measure,
    CASE WHEN continued.days <= 7 THEN 1 ELSE 0 END AS numerator,
    1 AS denominator
FROM continued
CROSS JOIN clock
WHERE add_days(continued.end_date, 7) <= clock.as_of
UNION ALL
SELECT
    continued.client_id,
    continued.span,
    add_days(continued.end_date, 14),
    'continuity_14',
    CASE WHEN continued.days <= 14 THEN 1 ELSE 0 END,
    1
FROM continued
CROSS JOIN clock
WHERE add_days(continued.end_date, 14) <= clock.as_of
UNION ALL
SELECT
    reassessment.client_id,
    reassessment.span,
    reassessment.window_closes,
    'reassessed',
    CASE WHEN reassessment.state = 'done' THEN 1 ELSE 0 END,
    1
FROM reassessment
CROSS JOIN clock
WHERE reassessment.window_closes <= clock.as_of AND reassessment.state <> 'unknown'
UNION ALL
SELECT
    state_of_stay.client_id,
    state_of_stay.span,
    state_of_stay.end_date,
    band.measure,
    CASE WHEN state_of_stay.meetings BETWEEN band.least AND band.most THEN 1 ELSE 0 END,
    1
FROM state_of_stay
JOIN compared ON state_of_stay.client_id = compared.client_id AND state_of_stay.span = compared.span
JOIN (
    VALUES
    ('admitted_meetings_none', 'admitted', 0, 0), ('admitted_meetings_1_3', 'admitted', 1, 3),
    ('admitted_meetings_4_7', 'admitted', 4, 7), ('admitted_meetings_8_30', 'admitted', 8, 1000),
    ('contact_meetings_none', 'contact', 0, 0), ('contact_meetings_1_3', 'contact', 1, 3),
    ('contact_meetings_4_7', 'contact', 4, 7), ('contact_meetings_8_30', 'contact', 8, 1000),
    ('ended_meetings_none', 'ended', 0, 0), ('ended_meetings_1_3', 'ended', 1, 3),
    ('ended_meetings_4_7', 'ended', 4, 7), ('ended_meetings_8_30', 'ended', 8, 1000)
) AS band(measure, moment, least, most)
    ON state_of_stay.moment = band.moment
WHERE compared.meetings_known
UNION ALL
SELECT client_id, span, end_date, 'admitted_abstinent', admitted_abstinent, 1 FROM abstinence
UNION ALL
SELECT client_id, span, end_date, 'contact_abstinent', contact_abstinent, 1 FROM abstinence
UNION ALL
SELECT client_id, span, end_date, 'ended_abstinent', ended_abstinent, 1
FROM abstinence
WHERE ended_abstinent IS NOT NULL
UNION ALL
SELECT
    client_id,
    span,
    end_date,
    'ended_abstinence_known',
    CASE WHEN ended_abstinent IS NULL THEN 0 ELSE 1 END,
    1
FROM abstinence
UNION ALL
SELECT client_id, span, end_date, 'contact_lower_level', CASE WHEN contact_rank < admitted_rank THEN 1 ELSE 0 END, 1
FROM compared
WHERE levels_known
UNION ALL
SELECT client_id, span, end_date, 'ended_lower_level', CASE WHEN ended_rank < admitted_rank THEN 1 ELSE 0 END, 1
FROM compared
WHERE levels_known

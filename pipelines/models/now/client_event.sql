-- A row: an event or a stretch of days in a client's story, in one of the lanes of the client's page: level, sponsor,
-- step, task, session, contract, crisis, flag, abstinent, use. `end_date`: null while it continues; the same day for an
-- event on one day. `label`: what it is, a code or a task's name. `state`: its status.
-- Sponsor and step run from the first check-in that reports them to the next one that reports otherwise, or to the last
-- that reports them: after that they are unknown, not unchanged.
-- Made client by client.
-- Published, ordered by client_id, lane, start_date, label, end_date.
WITH answered AS (
    SELECT client_id, checkin_date, max(has_sponsor) AS has_sponsor, max(step) AS step
    FROM completed_checkin
    GROUP BY client_id, checkin_date
),

answer AS (
    SELECT client_id, checkin_date, 'sponsor' AS lane, CASE WHEN has_sponsor THEN 'yes' ELSE 'no' END AS label
    FROM answered
    WHERE has_sponsor IS NOT NULL
    UNION ALL
    SELECT client_id, checkin_date, 'step', CAST(step AS STRING)
    FROM answered
    WHERE step IS NOT NULL
),

numbered AS (
    SELECT
        *,
        lead(checkin_date) OVER (PARTITION BY client_id, lane ORDER BY checkin_date) AS next_answer,
        row_number() OVER (PARTITION BY client_id, lane ORDER BY checkin_date)
        - row_number() OVER (PARTITION BY client_id, lane, label ORDER BY checkin_date) AS run
    FROM answer
),

stretch AS (
    SELECT
        client_id,
        lane,
        label,
        min(checkin_date) AS start_date,
        max(coalesce(add_days(next_answer, -1), checkin_date)) AS end_date
    FROM numbered
    GROUP BY client_id, lane, label, run
),

event AS (
    SELECT client_id, lane, start_date, end_date, label, 'stated' AS state FROM stretch
    UNION ALL
    SELECT
        care_span.client_id,
        'level',
        care_span.start_date,
        CASE WHEN care_span.end_date <= clock.as_of THEN care_span.end_date END,
        coalesce(care_span.level_of_care, 'unknown'),
        CASE WHEN care_span.end_date <= clock.as_of THEN coalesce(care_span.end_reason, 'ended') ELSE 'open' END
    FROM care_span
    CROSS JOIN clock
    WHERE NOT care_span.inferred
    UNION ALL
    SELECT
        stay.client_id,
        'level',
        stay.start_date,
        CASE WHEN stay.end_date <= clock.as_of THEN stay.end_date END,
        'unknown',
        CASE WHEN stay.end_date <= clock.as_of THEN 'ended' ELSE 'open' END
    FROM stay
    CROSS JOIN clock
    WHERE stay.inferred
    UNION ALL
    SELECT client_id, 'task', assigned_on, completed_on, task, state FROM client_task
    UNION ALL
    SELECT client_id, 'session', session_date, session_date, coalesce(kind, 'session'), status FROM sessions
    UNION ALL
    SELECT client_id, 'contract', signed_on, over_on, coalesce(behaviour, 'contract'), state FROM client_contract
    UNION ALL
    SELECT
        crises.client_id,
        'crisis',
        crises.opened_on,
        CASE WHEN crises.resolved_on <= clock.as_of THEN crises.resolved_on END,
        coalesce(crises.kind, 'other'),
        CASE WHEN crises.resolved_on <= clock.as_of THEN 'resolved' ELSE 'open' END
    FROM crises
    CROSS JOIN clock
    UNION ALL
    SELECT
        client_id,
        'flag',
        add_days(week, 6),
        add_days(cleared_week, 6),
        kind,
        CASE WHEN cleared_week IS NULL THEN 'standing' ELSE 'cleared' END
    FROM decline_flags
    UNION ALL
    SELECT client_id, 'abstinent', start_date, end_date, 'abstinent', 'known' FROM abstinent_span
    UNION ALL
    SELECT client_id, 'use', day, day, 'use', 'known' FROM use_day
)

SELECT client_id, lane, start_date, end_date, label, state
FROM event

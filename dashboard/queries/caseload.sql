-- A row: a client of a caseload, in the order `$sort`, with the last 26 complete weeks: the first `$limit`, and those
-- of `$also` wherever they are.
-- `meetings` and `exposure` hold a value a week, oldest first: null before the stay began; exposure 0 if the week does
-- not count (absence, closure, nothing reported), which is not a week without meetings.
-- `task`: the open task that is due first, with how many are open in all.
WITH today AS (
    SELECT as_of, (date_trunc('week', as_of + 1) - INTERVAL 7 DAY)::DATE AS last_week
    FROM runs
    ORDER BY run_id DESC
    LIMIT 1
),

client AS (
    SELECT
        client_now.*,
        not_started.counted_days AS days_without_meeting,
        not_started.agreed_meetings,
        not_started.usual_share AS not_started_usual,
        count(*) OVER () AS clients_matching,
        row_number() OVER (
            ORDER BY
                CASE $sort
                    WHEN 'priority' THEN priority
                    WHEN 'fall' THEN recent - usual
                    -- A client who was never seen counts as unseen since care began.
                    WHEN 'seen' THEN
                        date_diff(
                            'day',
                            DATE '1970-01-01',
                            coalesce(greatest(last_session, last_checkin), client_now.in_care_since)
                        )
                    WHEN 'sober' THEN sober_days
                END NULLS LAST,
                client_now.client_id
        ) AS place
    FROM client_now
    LEFT JOIN not_started ON client_now.client_id = not_started.client_id
    WHERE
        ($therapist_id IS NULL OR coalesce(therapist_id, 'unknown') = $therapist_id)
        AND (NOT $flagged OR flagged)
        AND ($flag_kind IS NULL OR (flagged AND flag_kind = $flag_kind))
        AND (NOT $sobriety_unknown OR sobriety_status = 'unknown')
        AND (NOT $no_sponsor OR has_sponsor = false)
        AND (NOT $new_in_care OR new_in_care)
        AND (NOT $not_started OR not_started.client_id IS NOT NULL)
        AND ($site IS NULL OR site = $site)
        AND ($level_of_care IS NULL OR level_of_care = $level_of_care)
        AND ($primary_addiction IS NULL OR primary_addiction = $primary_addiction)
        AND ($program IS NULL OR program = $program)
        AND ($find IS NULL OR contains(lower(client_now.client_id), lower($find)))
    QUALIFY place <= $limit OR list_contains($also, client_now.client_id)
),

task AS (
    SELECT client_id, task, due_on, state = 'overdue' AS overdue
    FROM client_task
    WHERE state IN ('open', 'overdue')
    QUALIFY row_number() OVER (PARTITION BY client_id ORDER BY due_on NULLS LAST, assigned_on, task) = 1
),

slot AS (
    SELECT (last_week - (7 * weeks_ago)::INTEGER)::DATE AS week, weeks_ago
    FROM today
    CROSS JOIN range(26) AS back(weeks_ago)
),

week AS (
    SELECT
        client.client_id,
        list(client_week.meetings ORDER BY slot.weeks_ago DESC) AS meetings,
        list(
            client_week.exposure * (client_week.attendance_known OR client_week.meetings > 0)::INTEGER
            ORDER BY slot.weeks_ago DESC
        ) AS exposure
    FROM client
    CROSS JOIN slot
    LEFT JOIN client_week ON client.client_id = client_week.client_id AND slot.week = client_week.week
    GROUP BY client.client_id
)

SELECT
    client.client_id,
    client.therapist_id,
    client.priority,
    client.call_first,
    client.site,
    client.program,
    client.level_of_care,
    client.primary_addiction,
    client.in_care_since,
    client.flagged,
    client.flag_kind,
    client.flag_week,
    CASE WHEN client.flagged THEN ((today.last_week - client.flag_week) / 7)::INTEGER ELSE 0 END AS weeks_since_flag,
    client.reason,
    client.judged,
    client.judge_reason,
    client.usual,
    client.recent,
    client.recent_weeks::INTEGER AS recent_weeks,
    client.near_usual,
    client.days_without_meeting,
    client.agreed_meetings,
    client.not_started_usual,
    client.sobriety_status,
    client.sober_since,
    client.sober_days::INTEGER AS sober_days,
    client.sober_confirmed_days::INTEGER AS sober_confirmed_days,
    client.confirmed_through,
    client.open_crises::INTEGER AS open_crises,
    client.crisis_kind,
    client.crisis_since,
    client.has_sponsor,
    client.sponsor_is_therapist,
    client.step,
    client.open_tasks::INTEGER AS open_tasks,
    task.task,
    task.due_on AS task_due_on,
    coalesce(task.overdue, false) AS task_overdue,
    (today.as_of - client.days_since_use::INTEGER)::DATE AS last_use_on,
    client.last_session,
    client.last_checkin,
    client.away_since,
    client.away_until,
    client.away_reason,
    today.as_of,
    week.meetings,
    week.exposure,
    client.clients_matching
FROM client
JOIN week ON client.client_id = week.client_id
LEFT JOIN task ON client.client_id = task.client_id
CROSS JOIN today
ORDER BY client.place

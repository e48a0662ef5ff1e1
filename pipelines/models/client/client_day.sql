-- A row: a client on a day for which anything is recorded, with the day's counts.
-- Unknown stays unknown: `sponsor_contacts` and `step_work` are null where no completed check-in says.
-- `stated_meetings`: those of which the participation is known.
-- `shows_use`, `shows_none`: completed check-ins and tests that answer whether the client used.
WITH meetings_held AS (
    SELECT
        client_id,
        meeting_date AS day,
        count(*) AS meetings,
        count(*) FILTER (WHERE participation IS NOT NULL) AS stated_meetings,
        count(*) FILTER (WHERE participation IN ('shared', 'service', 'chaired')) AS active_meetings
    FROM attendance
    GROUP BY client_id, meeting_date
),

checks AS (
    SELECT
        client_id,
        checkin_date AS day,
        count(*) AS check_rows,
        count(*) FILTER (WHERE source <> 'toxicology' AND status = 'completed') AS checkins,
        count(*) FILTER (WHERE source <> 'toxicology' AND status = 'missed') AS checkins_missed,
        count(*) FILTER (WHERE status = 'excused') AS checks_excused,
        count(*) FILTER (WHERE status = 'completed' AND used) AS shows_use,
        count(*) FILTER (WHERE status = 'completed' AND NOT used) AS shows_none,
        sum(sponsor_contacts) FILTER (WHERE status = 'completed') AS sponsor_contacts,
        bool_or(step_work) FILTER (WHERE status = 'completed') AS step_work
    FROM checkins
    GROUP BY client_id, checkin_date
),

therapy AS (
    SELECT
        client_id,
        session_date AS day,
        count(*) AS sessions_scheduled,
        count(*) FILTER (WHERE status = 'attended') AS sessions_attended,
        count(*) FILTER (WHERE status = 'no_show') AS no_shows
    FROM sessions
    GROUP BY client_id, session_date
),

days AS (
    SELECT client_id, day FROM meetings_held
    UNION
    SELECT client_id, day FROM checks
    UNION
    SELECT client_id, day FROM therapy
)

SELECT
    days.client_id,
    days.day,
    coalesce(meetings_held.meetings, 0) AS meetings,
    coalesce(meetings_held.stated_meetings, 0) AS stated_meetings,
    coalesce(meetings_held.active_meetings, 0) AS active_meetings,
    coalesce(checks.check_rows, 0) AS check_rows,
    coalesce(checks.checkins, 0) AS checkins,
    coalesce(checks.checkins_missed, 0) AS checkins_missed,
    coalesce(checks.checks_excused, 0) AS checks_excused,
    coalesce(checks.shows_use, 0) AS shows_use,
    coalesce(checks.shows_none, 0) AS shows_none,
    checks.sponsor_contacts::BIGINT AS sponsor_contacts,
    checks.step_work,
    coalesce(therapy.sessions_scheduled, 0) AS sessions_scheduled,
    coalesce(therapy.sessions_attended, 0) AS sessions_attended,
    coalesce(therapy.no_shows, 0) AS no_shows
FROM days
LEFT JOIN meetings_held ON days.client_id = meetings_held.client_id AND days.day = meetings_held.day
LEFT JOIN checks ON days.client_id = checks.client_id AND days.day = checks.day
LEFT JOIN therapy ON days.client_id = therapy.client_id AND days.day = therapy.day

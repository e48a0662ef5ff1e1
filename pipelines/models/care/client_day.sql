-- A row: a client on a day with any record, and the day's counts.
-- `sponsor_contacts` and `step_work` are null if no completed check-in answers: unknown stays unknown. A toxicology
-- test is not a check-in.
-- `stated_meetings`: meetings with known participation. `placed_meetings`: meetings known to be in person, online or by
-- phone. `listed_meetings`: meetings with an entry in a meeting directory. `home_group_meetings`: how many of these
-- were of the client's home group (home_group.sql).
-- `shows_use`, `shows_none`: completed check-ins and tests that report use, or no use.
-- Made client by client.
WITH recorded AS (
    SELECT
        client_id,
        meeting_date AS day,
        'meeting' AS kind,
        participation AS detail,
        mode,
        meeting_id,
        CAST(NULL AS STRING) AS status,
        CAST(NULL AS BOOLEAN) AS used,
        CAST(NULL AS INTEGER) AS sponsor_contacts,
        CAST(NULL AS BOOLEAN) AS step_work
    FROM attendance
    UNION ALL
    SELECT client_id, checkin_date, 'check', source, NULL, NULL, status, used, sponsor_contacts, step_work FROM checkins
    UNION ALL
    SELECT client_id, session_date, 'session', NULL, NULL, NULL, status, NULL, NULL, NULL FROM sessions
)

SELECT
    recorded.client_id,
    recorded.day,
    count(*) FILTER (WHERE kind = 'meeting') AS meetings,
    count(*) FILTER (WHERE kind = 'meeting' AND detail IS NOT NULL) AS stated_meetings,
    count(*) FILTER (WHERE kind = 'meeting' AND detail IN ('shared', 'service', 'chaired')) AS active_meetings,
    count(mode) AS placed_meetings,
    count(*) FILTER (WHERE mode = 'in_person') AS in_person_meetings,
    count(recorded.meeting_id) AS listed_meetings,
    count(home_group.meeting_id) AS home_group_meetings,
    count(*) FILTER (WHERE kind = 'check') AS check_rows,
    count(*) FILTER (WHERE kind = 'check' AND detail <> 'toxicology' AND status = 'completed') AS checkins,
    count(*) FILTER (WHERE kind = 'check' AND detail <> 'toxicology' AND status = 'missed') AS checkins_missed,
    count(*) FILTER (WHERE kind = 'check' AND status = 'excused') AS checks_excused,
    count(*) FILTER (WHERE kind = 'check' AND status = 'completed' AND used) AS shows_use,
    count(*) FILTER (WHERE kind = 'check' AND status = 'completed' AND NOT used) AS shows_none,
    CAST(sum(sponsor_contacts) FILTER (WHERE detail <> 'toxicology' AND status = 'completed') AS BIGINT)
    AS sponsor_contacts,
    bool_or(step_work) FILTER (WHERE detail <> 'toxicology' AND status = 'completed') AS step_work,
    count(*) FILTER (WHERE kind = 'session') AS sessions_scheduled,
    count(*) FILTER (WHERE kind = 'session' AND status = 'attended') AS sessions_attended,
    count(*) FILTER (WHERE kind = 'session' AND status = 'no_show') AS no_shows
FROM recorded
LEFT JOIN home_group
    ON recorded.client_id = home_group.client_id
    AND recorded.meeting_id = home_group.meeting_id
    AND week_of(recorded.day) = home_group.week
GROUP BY recorded.client_id, recorded.day

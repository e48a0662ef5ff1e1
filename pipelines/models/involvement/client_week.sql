-- A row: a client in care in a week: what was recorded, the client's usual, and how far the last weeks are below it
-- (see `week_score`). The week of the as-of date has a row too; its scores are null until it is complete.
-- `exposure`: the share of the week that counts, 0 to 1 (days in care, less absences, closures and unreported weeks).
-- `attendance_known`: false if the site's exports lack the meetings of the week (site_week.sql); having no meeting then
-- does not mean that the client came to none. `meetings_counted`: the same, and false if the export broke off in the
-- week. `checkins_known`: whether the site's exports hold any check-in of the week. These two are null until it is
-- complete.
-- `placed_meetings`: meetings known to be in person, online or by phone. `home_group_visited`: whether the client came
-- to the home group; null in weeks without one (home_group_week.sql).
-- `agreed_meetings`: meetings a week that the client agreed to; null without an agreement, and in weeks that do not
-- count. `levels_down`: how many levels of care the week lies below the mean of the weeks before
-- (involvement_week.sql).
-- Made client by client.
-- Published, ordered by client_id, week.
SELECT
    client_period.client_id,
    client_period.period AS week,
    client_period.complete,
    client_period.stay,
    client_period.therapist_id,
    client_period.site,
    client_period.program,
    client_period.level_of_care,
    client_period.primary_addiction,
    client_period.exposure_days / CAST(7.0 AS DOUBLE) AS exposure,
    coalesce(site_week.has_attendance, true) AS attendance_known,
    site_week.has_meetings AS meetings_counted,
    site_week.has_checkins AS checkins_known,
    client_period.meetings,
    client_period.meeting_days,
    client_period.stated_meetings,
    client_period.active_meetings,
    client_period.placed_meetings,
    client_period.in_person_meetings,
    home_group_week.visited AS home_group_visited,
    client_period.sponsor_contacts,
    client_period.step_work,
    client_period.checkins,
    client_period.sessions_scheduled,
    client_period.sessions_attended,
    client_period.no_shows,
    involvement_week.agreed_meetings,
    involvement_week.levels_down,
    week_score.usual,
    week_score.attendance_score,
    week_score.involvement_score,
    client_period.use_symbol
FROM client_period
LEFT JOIN week_score
    ON client_period.client_id = week_score.client_id AND client_period.period = week_score.week
LEFT JOIN involvement_week
    ON client_period.client_id = involvement_week.client_id AND client_period.period = involvement_week.week
LEFT JOIN home_group_week
    ON client_period.client_id = home_group_week.client_id AND client_period.period = home_group_week.week
LEFT JOIN site_week
    ON client_period.site IS NOT DISTINCT FROM site_week.site AND client_period.period = site_week.week
WHERE client_period.kind = 'week'

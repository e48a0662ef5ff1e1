-- A row: a client in a complete week, and what the week's signs of involvement are compared with. Weeks between two
-- stays are rows too (`stay` null, nothing counts; 30 at most, which no frame bridges), so that a frame of rows is a
-- frame of weeks.
-- `weeks_of`: the share of the week that counts for meetings; 0 if the site's export broke off (site_week.sql).
-- `meetings_due`: the same, weighed by what such a week is expected to hold: fewer in weeks of holidays, and more (or
-- fewer) in the first weeks in care, while a client settles in. A new client who starts high and comes down has not
-- changed.
-- `level_factor`: a step to a lower level of care lowers the meetings expected. It is measured against the mean level
-- of the weeks before, so that it fades as they fill with weeks at the new level.
-- `history`: how many of the 29 weeks before count. `usual`: meetings a full week over the weeks t-29 to t-4 (rules
-- `usual_weeks_first`, `usual_weeks_last`), so that a fall does not lower it at once; `usual_weeks`: how many of these
-- count. `recent`: the same over the last four weeks, of which `recent_weeks` count.
-- `meetings_squares`, `sponsor_squares`: what was counted in each of the 29 weeks before, squared, over the count due,
-- summed;
-- `meetings_weeks`, `sponsor_weeks`: over how many weeks. They show how regular a client is in these two
-- (sign_week.sql). Constants: decline_setting.sql.
-- Made client by client.
WITH gap AS (
    SELECT client_id, week, lead(week) OVER (PARTITION BY client_id ORDER BY week) AS next_week FROM care_week
),

listed AS (
    SELECT
        client_id,
        weeks_from_to(
            add_days(week, 7), least(add_days(next_week, -7), add_days(week, 7 * (rule('usual_weeks_first') + 1)))
        ) AS weeks
    FROM gap
    WHERE days_between(week, next_week) > 7
),

-- The weeks in which nothing counts: between two stays, or without any exposure.
idle AS (
    SELECT client_id, week, stay FROM care_week WHERE NOT exposure > 0
    UNION ALL
    SELECT listed.client_id, away.week, NULL
    FROM listed
    CROSS JOIN LATERAL unnest(listed.weeks) AS away(week)
),

counted AS (
    SELECT
        care_week.*,
        site_week.has_checkins,
        CASE WHEN site_week.has_meetings THEN care_week.exposure ELSE 0 END AS weeks_of,
        CASE WHEN is_holiday_week(care_week.week) THEN setting.holiday_factor ELSE 1 END AS holiday_factor,
        coalesce(1 + setting.settling * exp(-(care_week.weeks_in_care - 1) / setting.settling_weeks), 1)
        AS settling_factor
    FROM care_week
    JOIN site_week ON care_week.site IS NOT DISTINCT FROM site_week.site AND care_week.week = site_week.week
    JOIN decline_setting AS setting ON quarter_of(care_week.week) = setting.quarter
    WHERE care_week.exposure > 0
),

due AS (
    SELECT
        client_id,
        week,
        stay,
        exposure,
        weeks_of,
        weeks_of * holiday_factor AS usual_of,
        weeks_of * holiday_factor * settling_factor AS meetings_due,
        CASE WHEN weeks_of > 0 THEN meetings ELSE 0 END AS meetings,
        level_rank,
        agreed_meetings,
        coalesce(stated_meetings, 0) AS stated_meetings,
        coalesce(active_meetings, 0) AS active_meetings,
        coalesce(placed_meetings, 0) AS placed_meetings,
        coalesce(in_person_meetings, 0) AS in_person_meetings,
        CASE WHEN meetings > 0 AND home_group_visited IS NOT NULL THEN 1 ELSE 0 END AS home_group_due,
        CASE WHEN meetings > 0 AND home_group_visited THEN 1 ELSE 0 END AS home_group,
        CASE WHEN checkins > 0 THEN coalesce(sponsor_contacts, 0) ELSE 0 END AS sponsor_contacts,
        CASE WHEN checkins > 0 AND sponsor_contacts IS NOT NULL THEN 1 ELSE 0 END AS sponsor_due,
        CASE WHEN checkins > 0 AND step_work THEN 1 ELSE 0 END AS step_work,
        CASE WHEN checkins > 0 AND step_work IS NOT NULL THEN 1 ELSE 0 END AS step_due,
        CASE WHEN exposure >= 1 AND checkins > 0 THEN 1 ELSE 0 END AS checkin,
        CASE WHEN exposure >= 1 AND has_checkins THEN 1 ELSE 0 END AS checkin_due,
        coalesce(no_shows, 0) AS no_shows,
        coalesce(sessions_attended + no_shows, 0) AS sessions_due
    FROM counted
    UNION ALL
    SELECT client_id, week, stay, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM idle
),

framed AS (
    SELECT
        *,
        coalesce((avg(level_rank) OVER before) - level_rank, 0) AS levels_down,
        coalesce(sum(CASE WHEN exposure > 0 THEN 1 ELSE 0 END) OVER before, 0) AS history,
        ratio(sum(meetings) OVER baseline, sum(usual_of) OVER baseline) AS usual,
        coalesce(sum(CASE WHEN exposure > 0 THEN 1 ELSE 0 END) OVER baseline, 0) AS usual_weeks,
        ratio(sum(meetings) OVER recently, sum(weeks_of) OVER recently) AS recent,
        sum(CASE WHEN weeks_of > 0 THEN 1 ELSE 0 END) OVER recently AS recent_weeks,
        coalesce(sum(ratio(meetings * meetings, meetings_due)) OVER before, 0) AS meetings_squares,
        coalesce(sum(CASE WHEN meetings_due > 0 THEN 1 ELSE 0 END) OVER before, 0) AS meetings_weeks,
        coalesce(sum(ratio(sponsor_contacts * sponsor_contacts, sponsor_due)) OVER before, 0) AS sponsor_squares,
        coalesce(sum(sponsor_due) OVER before, 0) AS sponsor_weeks
    FROM due
    WINDOW
        before AS (
            PARTITION BY client_id
            ORDER BY week ROWS BETWEEN CAST(rule('usual_weeks_first') AS INTEGER) PRECEDING AND 1 PRECEDING
        ),
        baseline AS (
            PARTITION BY client_id
            ORDER BY week
            ROWS BETWEEN
                CAST(rule('usual_weeks_first') AS INTEGER) PRECEDING
                AND CAST(rule('usual_weeks_last') AS INTEGER) PRECEDING
        ),
        recently AS (
            PARTITION BY client_id
            ORDER BY week ROWS BETWEEN CAST(rule('recent_weeks') - 1 AS INTEGER) PRECEDING AND CURRENT ROW
        )
)

SELECT
    framed.client_id,
    framed.week,
    framed.stay,
    framed.exposure,
    framed.weeks_of,
    framed.meetings,
    framed.meetings_due,
    coalesce(power(setting.step_down_factor, greatest(framed.levels_down, 0)), 1) AS level_factor,
    framed.levels_down,
    framed.agreed_meetings,
    framed.stated_meetings,
    framed.active_meetings,
    framed.placed_meetings,
    framed.in_person_meetings,
    framed.home_group_due,
    framed.home_group,
    framed.sponsor_contacts,
    framed.sponsor_due,
    framed.step_work,
    framed.step_due,
    framed.checkin,
    framed.checkin_due,
    framed.no_shows,
    framed.sessions_due,
    CAST(framed.history AS INTEGER) AS history,
    round(framed.usual, 6) AS usual,
    CAST(framed.usual_weeks AS INTEGER) AS usual_weeks,
    round(framed.recent, 6) AS recent,
    CAST(framed.recent_weeks AS INTEGER) AS recent_weeks,
    framed.meetings_squares,
    CAST(framed.meetings_weeks AS INTEGER) AS meetings_weeks,
    framed.sponsor_squares,
    CAST(framed.sponsor_weeks AS INTEGER) AS sponsor_weeks
FROM framed
LEFT JOIN decline_setting AS setting ON quarter_of(framed.week) = setting.quarter

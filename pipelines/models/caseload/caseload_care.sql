-- A row: a measure of a group's activity and records in a complete week or month, as numerator and denominator (titles
-- in measures.toml): meetings, check-ins, sessions, new flags, days abstinent, data.
-- Days abstinent are given 30 days after the period, when check-ins can no longer reach back into it. Until then use is
-- known sooner than abstinence, and the last weeks would always look worse than they were. New flags begin with
-- `flags_from`.
WITH raised AS (
    SELECT client.kind, client.period, client.client_id, count(*) AS new_flags
    FROM caseload_client AS client
    JOIN decline_flags AS flag
        ON client.client_id = flag.client_id
        AND add_days(flag.week, 6) BETWEEN client.period AND client.period_end
    GROUP BY client.kind, client.period, client.client_id
),

-- Clients in care, and with data of their site, for the weeks that show whether they have a home group.
home_group_known AS (
    SELECT client.kind, client.period, client.client_id
    FROM caseload_client AS client
    JOIN site_start ON coalesce(client.site, 'unknown') = site_start.site
    WHERE greatest(client.admitted_on, site_start.first_day) <= add_days(client.period, -7 * rule('home_group_weeks'))
),

known AS (
    SELECT client_id, start_date, end_date, 1 AS abstinent FROM abstinent_span
    UNION ALL
    SELECT client_id, day, day, 0 FROM use_day
),

listed AS (
    SELECT 'week' AS kind, *, weeks_from_to(start_date, end_date) AS periods FROM known
    UNION ALL
    SELECT 'month', *, months_from_to(start_date, end_date) FROM known
),

known_in_period AS (
    SELECT listed.kind, listed.client_id, listed.start_date, listed.end_date, listed.abstinent, p.period
    FROM listed
    CROSS JOIN LATERAL unnest(listed.periods) AS p(period)
),

known_days AS (
    SELECT
        care_period.kind,
        care_period.period,
        care_period.client_id,
        sum(overlap_days(care_period.from_day, care_period.to_day, known.start_date, known.end_date)) AS known_days,
        sum(
            abstinent * overlap_days(care_period.from_day, care_period.to_day, known.start_date, known.end_date)
        ) AS abstinent_days
    FROM care_period
    JOIN known_in_period AS known
        ON care_period.kind = known.kind
        AND care_period.client_id = known.client_id
        AND care_period.period = known.period
        AND care_period.from_day <= known.end_date
        AND care_period.to_day >= known.start_date
    GROUP BY care_period.kind, care_period.period, care_period.client_id
),

grouped AS (
    SELECT
        client.kind,
        client.period,
        client.period_end,
        b.breakdown,
        b.member,
        count(*) FILTER (WHERE client.attendance_days > 0) AS exposed,
        count(*) FILTER (WHERE client.attendance_days > 0 AND client.attended_meetings > 0) AS with_meeting,
        sum(client.in_care_days) AS in_care_days,
        sum(client.exposure_days) AS exposure_days,
        sum(client.attendance_days) AS attendance_days,
        sum(client.reported_days) AS reported_days,
        coalesce(sum(client.attended_meetings) FILTER (WHERE client.attendance_days > 0), 0) AS exposed_meetings,
        sum(client.stated_meetings) AS stated_meetings,
        sum(client.active_meetings) AS active_meetings,
        sum(client.placed_meetings) AS placed_meetings,
        sum(client.in_person_meetings) AS in_person_meetings,
        count(*) FILTER (WHERE client.in_person_meetings > 0) AS with_in_person,
        count(*) FILTER (
            WHERE client.meetings > 0 AND client.placed_meetings = client.meetings AND client.in_person_meetings = 0
        ) AS online_only,
        count(*) FILTER (WHERE client.listed_meetings > 0 AND home_group_known.client_id IS NOT NULL) AS with_listed,
        count(*) FILTER (WHERE client.home_group_meetings > 0 AND home_group_known.client_id IS NOT NULL)
        AS at_home_group,
        sum(client.checkins) AS checkins,
        sum(client.checkins_missed) AS checkins_missed,
        sum(client.sessions_scheduled) AS sessions_scheduled,
        sum(client.sessions_attended) AS sessions_attended,
        sum(client.no_shows) AS no_shows,
        coalesce(sum(raised.new_flags), 0) AS new_flags,
        coalesce(sum(known_days.known_days), 0) AS known_days,
        coalesce(sum(known_days.abstinent_days), 0) AS abstinent_days
    FROM caseload_client AS client
    LEFT JOIN raised
        ON client.client_id = raised.client_id AND client.kind = raised.kind AND client.period = raised.period
    LEFT JOIN known_days
        ON client.client_id = known_days.client_id
        AND client.kind = known_days.kind
        AND client.period = known_days.period
    LEFT JOIN home_group_known
        ON client.client_id = home_group_known.client_id
        AND client.kind = home_group_known.kind
        AND client.period = home_group_known.period
    JOIN client_group AS b ON client.client_id = b.client_id AND client.span = b.span
    GROUP BY client.kind, client.period, client.period_end, b.breakdown, b.member
)

SELECT
    grouped.kind,
    grouped.period,
    grouped.breakdown,
    grouped.member,
    measures.name AS measure,
    CAST(
        CASE measures.name
            WHEN 'meetings_per_client_week' THEN grouped.exposed_meetings
            WHEN 'any_meeting' THEN grouped.with_meeting
            WHEN 'active_participation' THEN grouped.active_meetings
            WHEN 'in_person_meetings' THEN grouped.in_person_meetings
            WHEN 'online_only' THEN grouped.online_only
            WHEN 'at_home_group' THEN grouped.at_home_group
            WHEN 'new_flags' THEN grouped.new_flags
            WHEN 'checkin_completion' THEN grouped.checkins
            WHEN 'sessions_kept' THEN grouped.sessions_attended
            WHEN 'no_show_rate' THEN grouped.no_shows
            WHEN 'days_abstinent' THEN grouped.abstinent_days
            WHEN 'data_reported' THEN grouped.reported_days
        END AS DOUBLE
    ) AS numerator,
    CASE measures.name
        WHEN 'meetings_per_client_week' THEN CAST(grouped.attendance_days AS DOUBLE) / 7
        WHEN 'any_meeting' THEN CAST(grouped.exposed AS DOUBLE)
        WHEN 'active_participation' THEN CAST(grouped.stated_meetings AS DOUBLE)
        WHEN 'in_person_meetings' THEN CAST(grouped.placed_meetings AS DOUBLE)
        WHEN 'online_only' THEN CAST(grouped.with_in_person + grouped.online_only AS DOUBLE)
        WHEN 'at_home_group' THEN CAST(grouped.with_listed AS DOUBLE)
        WHEN 'new_flags' THEN CAST(grouped.exposure_days AS DOUBLE) / 700
        WHEN 'checkin_completion' THEN CAST(grouped.checkins + grouped.checkins_missed AS DOUBLE)
        WHEN 'sessions_kept' THEN CAST(grouped.sessions_scheduled AS DOUBLE)
        WHEN 'no_show_rate' THEN CAST(grouped.sessions_attended + grouped.no_shows AS DOUBLE)
        WHEN 'days_abstinent' THEN CAST(grouped.known_days AS DOUBLE)
        WHEN 'data_reported' THEN CAST(grouped.in_care_days AS DOUBLE)
    END AS denominator
FROM grouped
JOIN measures ON measures.made_in = 'caseload_care'
CROSS JOIN clock
CROSS JOIN flags_from
WHERE (measures.name <> 'days_abstinent' OR grouped.period_end <= add_days(clock.as_of, -rule('checkin_covers_days')))
    AND (measures.name <> 'new_flags' OR grouped.period_end >= flags_from.day)

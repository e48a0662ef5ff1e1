-- A row: a measure of a group of clients in a complete week or month (`kind`). What each measure means stands in
-- measures.toml; `value` is numerator / denominator, or the numerator where there is no denominator.
-- Groups: all clients, and each site, program, therapist, level of care and primary addiction (`unknown` where blank).
-- Nobody is counted twice: a client with two stays in a month stands once, in the group of the later one.
-- Periods begin with the first week that any site reported: of the time before it the exports hold only those who stayed.
WITH data_from AS (
    SELECT min(week) AS first_week FROM coverage_week WHERE reported
),

client AS (
    SELECT
        kind,
        period,
        period_end,
        client_id,
        max(to_day) = period_end AS in_care_at_end,
        max_by(therapist_id, to_day) AS therapist_id,
        max_by(site, to_day) AS site,
        max_by(program, to_day) AS program,
        max_by(level_of_care, to_day) AS level_of_care,
        max_by(primary_addiction, to_day) AS primary_addiction,
        max_by(stay, to_day) AS stay,
        sum(in_care_days) AS in_care_days,
        sum(exposure_days) AS exposure_days,
        sum(reported_days) AS reported_days,
        sum(meetings) AS meetings,
        sum(stated_meetings) AS stated_meetings,
        sum(active_meetings) AS active_meetings,
        sum(checkins) AS checkins,
        sum(checkins_missed) AS checkins_missed,
        sum(sessions_scheduled) AS sessions_scheduled,
        sum(sessions_attended) AS sessions_attended,
        sum(no_shows) AS no_shows
    FROM client_period
    JOIN data_from ON client_period.period > add_days(data_from.first_week, -7)
    WHERE complete
    GROUP BY kind, period, period_end, client_id
),

flag AS (
    SELECT
        decline_flags.client_id,
        add_days(decline_flags.week, 6) AS raised,
        add_days(decline_flags.cleared_week, 6) AS cleared,
        stay.stay
    FROM decline_flags
    JOIN stay
        ON decline_flags.client_id = stay.client_id
        AND decline_flags.week BETWEEN week_of(stay.start_date) AND stay.last_day
),

raised AS (
    SELECT client.kind, client.period, client.client_id, count(*) AS new_flags
    FROM client
    JOIN flag ON client.client_id = flag.client_id AND flag.raised BETWEEN client.period AND client.period_end
    GROUP BY client.kind, client.period, client.client_id
),

standing AS (
    SELECT DISTINCT client.kind, client.period, client.client_id
    FROM client
    JOIN flag
        ON client.client_id = flag.client_id
        AND client.stay = flag.stay
        AND flag.raised <= client.period_end
        AND (flag.cleared IS NULL OR flag.cleared > client.period_end)
    WHERE client.in_care_at_end
),

sobriety AS (
    SELECT
        client.kind,
        client.period,
        client.client_id,
        CASE
            WHEN days_between(sobriety_known.last_use_day, client.period_end) < 14 THEN 'recent_use'
            WHEN days_between(sobriety_known.confirmed_through, client.period_end) <= 14 THEN 'sober'
        END AS status
    FROM client
    JOIN sobriety_known
        ON client.client_id = sobriety_known.client_id
        AND client.period_end >= sobriety_known.from_date
        AND (sobriety_known.until_date IS NULL OR client.period_end <= sobriety_known.until_date)
    WHERE client.in_care_at_end
),

counted AS (
    SELECT
        client.kind,
        client.period,
        coalesce(client.therapist_id, 'unknown') AS therapist,
        coalesce(client.site, 'unknown') AS site,
        coalesce(client.program, 'unknown') AS program,
        coalesce(client.level_of_care, 'unknown') AS level_of_care,
        coalesce(client.primary_addiction, 'unknown') AS primary_addiction,
        count(*) FILTER (WHERE client.in_care_at_end) AS at_end,
        count(*) FILTER (WHERE client.exposure_days > 0) AS exposed,
        count(*) FILTER (WHERE client.exposure_days > 0 AND client.meetings > 0) AS with_meeting,
        sum(client.in_care_days) AS in_care_days,
        sum(client.exposure_days) AS exposure_days,
        sum(client.reported_days) AS reported_days,
        sum(client.meetings) FILTER (WHERE client.exposure_days > 0) AS exposed_meetings,
        sum(client.stated_meetings) AS stated_meetings,
        sum(client.active_meetings) AS active_meetings,
        sum(client.checkins) AS checkins,
        sum(client.checkins_missed) AS checkins_missed,
        sum(client.sessions_scheduled) AS sessions_scheduled,
        sum(client.sessions_attended) AS sessions_attended,
        sum(client.no_shows) AS no_shows,
        count(standing.client_id) AS standing_flags,
        sum(raised.new_flags) AS new_flags,
        count(*) FILTER (WHERE sobriety.status = 'sober') AS sober,
        count(*) FILTER (WHERE sobriety.status IS NOT NULL) AS sobriety_known
    FROM client
    LEFT JOIN raised
        ON client.client_id = raised.client_id AND client.kind = raised.kind AND client.period = raised.period
    LEFT JOIN standing
        ON client.client_id = standing.client_id AND client.kind = standing.kind AND client.period = standing.period
    LEFT JOIN sobriety
        ON client.client_id = sobriety.client_id AND client.kind = sobriety.kind AND client.period = sobriety.period
    GROUP BY
        client.kind, client.period, client.therapist_id, client.site, client.program, client.level_of_care,
        client.primary_addiction
),

grouped AS (
    SELECT
        kind,
        period,
        b.breakdown,
        CASE b.breakdown
            WHEN 'all' THEN 'all'
            WHEN 'site' THEN site
            WHEN 'program' THEN program
            WHEN 'therapist' THEN therapist
            WHEN 'level_of_care' THEN level_of_care
            ELSE primary_addiction
        END AS member,
        sum(at_end) AS at_end,
        sum(exposed) AS exposed,
        sum(with_meeting) AS with_meeting,
        sum(in_care_days) AS in_care_days,
        sum(exposure_days) AS exposure_days,
        sum(reported_days) AS reported_days,
        coalesce(sum(exposed_meetings), 0) AS exposed_meetings,
        sum(stated_meetings) AS stated_meetings,
        sum(active_meetings) AS active_meetings,
        sum(checkins) AS checkins,
        sum(checkins_missed) AS checkins_missed,
        sum(sessions_scheduled) AS sessions_scheduled,
        sum(sessions_attended) AS sessions_attended,
        sum(no_shows) AS no_shows,
        sum(standing_flags) AS standing_flags,
        coalesce(sum(new_flags), 0) AS new_flags,
        sum(sober) AS sober,
        sum(sobriety_known) AS sobriety_known
    FROM counted
    CROSS JOIN (
        VALUES ('all'), ('site'), ('program'), ('therapist'), ('level_of_care'), ('primary_addiction')
    ) AS b(breakdown)
    GROUP BY ALL
),

measured AS (
    SELECT
        grouped.kind,
        grouped.period,
        grouped.breakdown,
        grouped.member,
        m.measure,
        CAST(m.numerator AS DOUBLE) AS numerator,
        CAST(m.denominator AS DOUBLE) AS denominator
    FROM grouped
    CROSS JOIN LATERAL (
        VALUES
        ('census', grouped.at_end, NULL),
        ('meetings_per_client_week', grouped.exposed_meetings, grouped.exposure_days / 7.0::DOUBLE),
        ('any_meeting', grouped.with_meeting, grouped.exposed),
        ('active_participation', grouped.active_meetings, grouped.stated_meetings),
        ('flagged', grouped.standing_flags, grouped.at_end),
        ('new_flags', grouped.new_flags, grouped.exposure_days / 365.25::DOUBLE),
        ('checkin_completion', grouped.checkins, grouped.checkins + grouped.checkins_missed),
        ('sessions_kept', grouped.sessions_attended, grouped.sessions_scheduled),
        ('no_show_rate', grouped.no_shows, grouped.sessions_attended + grouped.no_shows),
        ('sober', grouped.sober, grouped.sobriety_known),
        ('sobriety_known', grouped.sobriety_known, grouped.at_end),
        ('data_reported', grouped.reported_days, grouped.in_care_days)
    ) AS m(measure, numerator, denominator)
)

SELECT
    kind,
    period,
    breakdown,
    member,
    measure,
    numerator,
    denominator,
    CASE WHEN denominator IS NULL THEN numerator ELSE ratio(numerator, denominator) END AS value
FROM measured

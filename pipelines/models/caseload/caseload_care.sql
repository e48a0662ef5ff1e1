-- A row: a measure of what a group of clients did and what was recorded in a complete week or month, as its numerator
-- and denominator (words in measures.toml): meetings, check-ins, sessions, new flags, days abstinent, data.
-- Days abstinent stand here 30 days after the period, when no check-in can reach back into it any more: until then use
-- is known sooner than abstinence, and the last weeks would always look worse than they were. New flags begin with
-- `flags_from`.
WITH raised AS (
    SELECT client.kind, client.period, client.client_id, count(*) AS new_flags
    FROM caseload_client AS client
    JOIN decline_flags AS flag
        ON client.client_id = flag.client_id
        AND add_days(flag.week, 6) BETWEEN client.period AND client.period_end
    GROUP BY client.kind, client.period, client.client_id
),

known AS (
    SELECT client_id, start_date, end_date, 1 AS abstinent FROM abstinent_span
    UNION ALL
    SELECT client_id, day, day, 0 FROM use_day
),

known_in_period AS (
    SELECT 'week' AS kind, client_id, start_date, end_date, abstinent, w.period
    FROM known
    CROSS JOIN LATERAL unnest(weeks_from_to(start_date, end_date)) AS w(period)
    UNION ALL
    SELECT 'month', client_id, start_date, end_date, abstinent, m.period
    FROM known
    CROSS JOIN LATERAL unnest(months_from_to(start_date, end_date)) AS m(period)
),

known_days AS (
    SELECT
        care_period.kind,
        care_period.period,
        care_period.client_id,
        sum(
            days_between(
                greatest(care_period.from_day, known.start_date), least(care_period.to_day, known.end_date)
            ) + 1
        ) AS known_days,
        sum(
            abstinent * (
                days_between(
                    greatest(care_period.from_day, known.start_date), least(care_period.to_day, known.end_date)
                ) + 1
            )
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
        count(*) FILTER (WHERE client.exposure_days > 0) AS exposed,
        count(*) FILTER (WHERE client.exposure_days > 0 AND client.meetings > 0) AS with_meeting,
        sum(client.in_care_days) AS in_care_days,
        sum(client.exposure_days) AS exposure_days,
        sum(client.reported_days) AS reported_days,
        coalesce(sum(client.meetings) FILTER (WHERE client.exposure_days > 0), 0) AS exposed_meetings,
        sum(client.stated_meetings) AS stated_meetings,
        sum(client.active_meetings) AS active_meetings,
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
    CROSS JOIN LATERAL (
        VALUES
        ('all', 'all'),
        ('site', coalesce(client.site, 'unknown')),
        ('program', coalesce(client.program, 'unknown')),
        ('therapist', coalesce(client.therapist_id, 'unknown')),
        ('level_of_care', coalesce(client.level_of_care, 'unknown')),
        ('primary_addiction', coalesce(client.primary_addiction, 'unknown'))
    ) AS b(breakdown, member)
    GROUP BY ALL
)

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
    ('meetings_per_client_week', grouped.exposed_meetings, grouped.exposure_days / 7.0::DOUBLE),
    ('any_meeting', grouped.with_meeting, grouped.exposed),
    ('active_participation', grouped.active_meetings, grouped.stated_meetings),
    ('new_flags', grouped.new_flags, grouped.exposure_days / 700.0::DOUBLE),
    ('checkin_completion', grouped.checkins, grouped.checkins + grouped.checkins_missed),
    ('sessions_kept', grouped.sessions_attended, grouped.sessions_scheduled),
    ('no_show_rate', grouped.no_shows, grouped.sessions_attended + grouped.no_shows),
    ('days_abstinent', grouped.abstinent_days, grouped.known_days),
    ('data_reported', grouped.reported_days, grouped.in_care_days)
) AS m(measure, numerator, denominator)
CROSS JOIN clock
CROSS JOIN flags_from
WHERE (m.measure <> 'days_abstinent' OR grouped.period_end <= add_days(clock.as_of, -30))
    AND (m.measure <> 'new_flags' OR grouped.period_end >= flags_from.day)

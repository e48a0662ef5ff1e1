-- A row: a client in a complete week or month (`kind`), with what was recorded of the days in care, the sums of
-- `client_period`. Nobody is counted twice: a client with two stays in a month has one row, in the groups of the later
-- one.
-- `opening`: in care when the period began (admitted before it). `closing`: still in care after its last day.
-- `attendance_days`: the exposure days, without weeks for which the site's exports lack meetings (site_week.sql);
-- `attended_meetings`: the meetings, without those weeks. Periods begin with the first week that any site reported:
-- from earlier weeks the exports have only clients who stayed.
-- Made client by client.
WITH gap AS (
    SELECT care_period.client_id, care_period.from_day, care_period.to_day
    FROM care_period
    JOIN site_week ON care_period.site IS NOT DISTINCT FROM site_week.site AND care_period.period = site_week.week
    WHERE care_period.kind = 'week' AND NOT site_week.has_attendance
),

piece AS (
    SELECT
        care_period.kind,
        care_period.client_id,
        care_period.stay,
        care_period.period,
        greatest(care_period.from_day, gap.from_day) AS from_day,
        least(care_period.to_day, gap.to_day) AS to_day
    FROM care_period
    JOIN gap
        ON care_period.client_id = gap.client_id
        AND care_period.from_day <= gap.to_day
        AND care_period.to_day >= gap.from_day
),

lost AS (
    SELECT kind, client_id, stay, period, days_between(from_day, to_day) + 1 AS days, 0 AS meetings FROM piece
    UNION ALL
    SELECT
        piece.kind,
        piece.client_id,
        piece.stay,
        piece.period,
        -overlap_days(piece.from_day, piece.to_day, excused.start_date, excused.end_date),
        0
    FROM piece
    JOIN excused_span AS excused
        ON piece.client_id = excused.client_id
        AND excused.start_date <= piece.to_day
        AND excused.end_date >= piece.from_day
    UNION ALL
    SELECT piece.kind, piece.client_id, piece.stay, piece.period, 0, client_day.meetings
    FROM piece
    JOIN client_day
        ON piece.client_id = client_day.client_id AND client_day.day BETWEEN piece.from_day AND piece.to_day
),

unknown AS (
    SELECT kind, client_id, stay, period, sum(days) AS days, sum(meetings) AS meetings
    FROM lost
    GROUP BY kind, client_id, stay, period
),

summed AS (
    SELECT
        client_period.kind,
        client_period.period,
        client_period.client_id,
        max(client_period.stay) AS stay,
        bool_or(client_period.from_day = client_period.period AND stay.start_date < client_period.period) AS opening,
        CAST(sum(client_period.in_care_days) AS BIGINT) AS in_care_days,
        CAST(sum(client_period.exposure_days) AS BIGINT) AS exposure_days,
        CAST(sum(client_period.exposure_days - coalesce(unknown.days, 0)) AS BIGINT) AS attendance_days,
        CAST(sum(client_period.meetings - coalesce(unknown.meetings, 0)) AS BIGINT) AS attended_meetings,
        CAST(sum(client_period.reported_days) AS BIGINT) AS reported_days,
        CAST(sum(client_period.meetings) AS BIGINT) AS meetings,
        CAST(sum(client_period.stated_meetings) AS BIGINT) AS stated_meetings,
        CAST(sum(client_period.active_meetings) AS BIGINT) AS active_meetings,
        CAST(sum(client_period.placed_meetings) AS BIGINT) AS placed_meetings,
        CAST(sum(client_period.in_person_meetings) AS BIGINT) AS in_person_meetings,
        CAST(sum(client_period.listed_meetings) AS BIGINT) AS listed_meetings,
        CAST(sum(client_period.home_group_meetings) AS BIGINT) AS home_group_meetings,
        CAST(sum(client_period.checkins) AS BIGINT) AS checkins,
        CAST(sum(client_period.checkins_missed) AS BIGINT) AS checkins_missed,
        CAST(sum(client_period.sessions_scheduled) AS BIGINT) AS sessions_scheduled,
        CAST(sum(client_period.sessions_attended) AS BIGINT) AS sessions_attended,
        CAST(sum(client_period.no_shows) AS BIGINT) AS no_shows
    FROM client_period
    JOIN stay ON client_period.client_id = stay.client_id AND client_period.stay = stay.stay
    LEFT JOIN unknown
        ON client_period.client_id = unknown.client_id
        AND client_period.stay = unknown.stay
        AND client_period.kind = unknown.kind
        AND client_period.period = unknown.period
    JOIN data_from ON client_period.period > add_days(data_from.first_week, -7)
    WHERE client_period.complete
    GROUP BY client_period.kind, client_period.period, client_period.client_id
)

SELECT
    summed.*,
    latest.period_end,
    stay.start_date AS admitted_on,
    latest.to_day = latest.period_end AS in_care_at_end,
    latest.to_day = latest.period_end AND coalesce(stay.end_date, DATE '9999-12-31') > latest.period_end AS closing,
    latest.span,
    latest.therapist_id,
    latest.site,
    latest.program,
    latest.level_of_care,
    latest.primary_addiction
FROM summed
JOIN care_period AS latest
    ON summed.client_id = latest.client_id
    AND summed.stay = latest.stay
    AND summed.kind = latest.kind
    AND summed.period = latest.period
JOIN stay ON summed.client_id = stay.client_id AND summed.stay = stay.stay

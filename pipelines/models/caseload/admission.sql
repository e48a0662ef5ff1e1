-- A row: a stay that began after the exports did, with the outcome of its first 90 days, by the groups of its first
-- episode. A stay without an episode whose first record falls in the exports' first 30 days may have begun before them
-- and is left out (in care, such a client would have a record every 30 days; see care_span). The day of admission is
-- day 0. Null: unknown, or too early; for sessions, also if the clinic exports none.
-- `initiated`: a session attended on days 0 to 13. `engaged`: initiated, and sessions attended on two further days
-- among the next 34. (The windows of HEDIS IET on the clinic's own episodes: IET-style, not the HEDIS measure.)
-- `continued`: four sessions attended after the first, by day 30 (NIATx).
-- `sponsor_30`, `sponsor_90`: a check-in by then reports a sponsor other than the therapist.
-- `retained_90`: in care on day 90, and a session attended or a check-in completed on days 76 to 90; null for clients
-- who died or were incarcerated before it.
-- The days are rules (rules.toml: initiated_within_days and those after it).
-- `use_90`: known use on a day up to day 90; false only where day 90 or a later day is known to be abstinent or of use.
WITH admitted AS (
    SELECT stay.*, clock.as_of
    FROM stay
    CROSS JOIN clock
    CROSS JOIN data_from
    WHERE stay.start_date >= CASE
        WHEN stay.inferred THEN add_days(data_from.first_week, rule('silent_days')) ELSE data_from.first_week
    END
),

kept AS (
    SELECT
        admitted.client_id,
        admitted.stay,
        sessions.session_date AS day,
        days_between(admitted.start_date, sessions.session_date) AS day_number,
        min(sessions.session_date) OVER (PARTITION BY admitted.client_id, admitted.stay) AS first_session
    FROM admitted
    JOIN sessions
        ON admitted.client_id = sessions.client_id
        AND sessions.session_date BETWEEN admitted.start_date AND admitted.last_day
    WHERE sessions.status = 'attended'
),

session AS (
    SELECT
        client_id,
        stay,
        min(day) AS first_session_on,
        count(DISTINCT day) FILTER (
            WHERE days_between(first_session, day) BETWEEN 1 AND rule('engaged_within_days')
        ) AS further_days,
        count(*) FILTER (WHERE day_number <= rule('first_month_days')) AS by_30,
        bool_or(day_number BETWEEN rule('retained_heard_from_day') AND rule('first_quarter_days')) AS late
    FROM kept
    GROUP BY client_id, stay
),

checked AS (
    SELECT
        admitted.client_id,
        admitted.stay,
        min(answer.checkin_date) FILTER (
            WHERE answer.has_sponsor AND coalesce(answer.sponsor_role, '') <> 'therapist'
        ) AS sponsor_on,
        min(answer.checkin_date) FILTER (WHERE answer.has_sponsor IS NOT NULL) AS sponsor_answer_on,
        bool_or(
            days_between(admitted.start_date, answer.checkin_date)
            BETWEEN rule('retained_heard_from_day') AND rule('first_quarter_days')
        ) AS late
    FROM admitted
    JOIN completed_checkin AS answer
        ON admitted.client_id = answer.client_id
        AND answer.checkin_date BETWEEN admitted.start_date AND admitted.last_day
    GROUP BY admitted.client_id, admitted.stay
),

met AS (
    SELECT admitted.client_id, admitted.stay, min(attendance.meeting_date) AS first_meeting_on
    FROM admitted
    JOIN attendance
        ON admitted.client_id = attendance.client_id
        AND attendance.meeting_date BETWEEN admitted.start_date AND admitted.last_day
    GROUP BY admitted.client_id, admitted.stay
),

followed AS (
    SELECT
        admitted.*,
        days_between(admitted.start_date, admitted.as_of) AS days_so_far,
        days_between(admitted.start_date, admitted.last_day) AS days_stayed,
        days_between(admitted.start_date, session.first_session_on) AS session_after,
        days_between(admitted.start_date, checked.sponsor_on) AS sponsor_after,
        days_between(admitted.start_date, checked.sponsor_answer_on) AS answer_after,
        session.first_session_on,
        session.further_days,
        session.by_30,
        checked.sponsor_on,
        met.first_meeting_on,
        coalesce(session.late, false) OR coalesce(checked.late, false) AS heard_late,
        (SELECT count(*) FROM sessions) > 0 AS has_sessions,
        first_use.time AS followed_days,
        first_use.event AS used
    FROM admitted
    LEFT JOIN session ON admitted.client_id = session.client_id AND admitted.stay = session.stay
    LEFT JOIN checked ON admitted.client_id = checked.client_id AND admitted.stay = checked.stay
    LEFT JOIN met ON admitted.client_id = met.client_id AND admitted.stay = met.stay
    LEFT JOIN event_time AS first_use
        ON admitted.client_id = first_use.client_id
        AND admitted.stay = first_use.stay
        AND first_use.curve = 'days_to_first_use'
        AND first_use.entered_at = 0
)

SELECT
    followed.client_id,
    followed.stay,
    followed.start_date,
    followed.last_day,
    followed.as_of,
    first_episode.span,
    first_episode.site,
    first_episode.program,
    first_episode.level_of_care,
    first_episode.primary_addiction,
    CAST(year(followed.start_date) AS STRING) || ' Q' || CAST(quarter(followed.start_date) AS STRING)
    AS admission_quarter,
    followed.first_meeting_on,
    followed.first_session_on,
    followed.sponsor_on,
    CASE
        WHEN NOT followed.has_sessions OR followed.days_so_far < rule('initiated_within_days') - 1 THEN NULL
        ELSE coalesce(followed.session_after < rule('initiated_within_days'), false)
    END AS initiated,
    CASE
        WHEN NOT followed.has_sessions
            OR followed.days_so_far < rule('initiated_within_days') - 1 + rule('engaged_within_days')
            THEN NULL
        ELSE coalesce(followed.session_after < rule('initiated_within_days') AND followed.further_days >= 2, false)
    END AS engaged,
    CASE
        WHEN NOT followed.has_sessions OR followed.days_so_far < rule('first_month_days') THEN NULL
        ELSE coalesce(followed.by_30 >= 5, false)
    END AS continued,
    CASE
        WHEN followed.days_so_far < rule('first_month_days') THEN NULL
        WHEN followed.answer_after <= rule('first_month_days')
        THEN coalesce(followed.sponsor_after <= rule('first_month_days'), false)
    END AS sponsor_30,
    CASE
        WHEN followed.days_so_far < rule('first_quarter_days') THEN NULL
        WHEN followed.answer_after <= rule('first_quarter_days')
        THEN coalesce(followed.sponsor_after <= rule('first_quarter_days'), false)
    END AS sponsor_90,
    CASE
        WHEN followed.days_so_far < rule('first_quarter_days') THEN NULL
        WHEN followed.days_stayed >= rule('first_quarter_days') THEN followed.heard_late
        WHEN last_episode.end_reason IN ('died', 'incarcerated') THEN NULL
        ELSE false
    END AS retained_90,
    CASE
        WHEN followed.days_so_far < rule('first_quarter_days') THEN NULL
        WHEN followed.used AND followed.followed_days <= rule('first_quarter_days') THEN true
        WHEN followed.followed_days >= rule('first_quarter_days') THEN false
    END AS use_90,
    last_episode.end_reason
FROM followed
JOIN stay_episode AS first_episode
    ON followed.client_id = first_episode.client_id
    AND followed.stay = first_episode.stay
    AND first_episode.from_first = 1
JOIN stay_episode AS last_episode
    ON followed.client_id = last_episode.client_id AND followed.stay = last_episode.stay AND last_episode.from_last = 1

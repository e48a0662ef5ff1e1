-- A row: a client newly flagged in a week, with the reason in a sentence that quotes the client's own numbers.
-- Who is flagged, and when: decline_raised.sql. The kind is the fall that explains the weeks best (week_score.sql):
-- `attendance` (fewer meetings), `participation` (still attending, taking part less), `involvement` (both).
-- `recent`: meetings a full week over those of the last 1, 2, 3, 4 or 6 weeks that tell most, of meetings, or of the
-- strongest other sign for `participation`. The reason names the other signs that fell most, two at most.
-- `weeks_to_clear`: from the flag until the score was back under the threshold.
-- Published, ordered by week, client_id.
WITH flag_week AS (
    SELECT evidence.*, flag.week AS flag_week
    FROM decline_raised AS flag
    JOIN week_evidence AS evidence
        ON flag.client_id = evidence.client_id AND evidence.week BETWEEN add_days(flag.week, -35) AND flag.week
),

sign_week AS (
    SELECT
        client_id,
        flag_week AS week,
        week AS sign_week,
        'meetings' AS sign,
        meetings AS counted,
        weeks_of AS counted_of,
        meetings_base AS base,
        meetings_base_of AS base_of,
        meetings_says AS says
    FROM flag_week
    UNION ALL
    SELECT client_id, flag_week, week, 'active', active, active_of, active_base, active_base_of, active_says FROM flag_week
    UNION ALL
    SELECT client_id, flag_week, week, 'sponsor', sponsor, sponsor_of, sponsor_base, sponsor_base_of, sponsor_says FROM flag_week
    UNION ALL
    SELECT client_id, flag_week, week, 'step', step, step_of, step_base, step_base_of, step_says FROM flag_week
    UNION ALL
    SELECT client_id, flag_week, week, 'checkin', checkin, checkin_of, checkin_base, checkin_base_of, checkin_says FROM flag_week
    UNION ALL
    SELECT client_id, flag_week, week, 'no_show', no_show, no_show_of, no_show_base, no_show_base_of, no_show_says FROM flag_week
),

summed AS (
    SELECT
        client_id,
        week,
        sign,
        row_number() OVER back AS weeks,
        sum(counted) OVER back AS counted,
        sum(counted_of) OVER back AS counted_of,
        sum(says) OVER back AS says,
        ratio(first_value(base) OVER back, first_value(base_of) OVER back) AS base
    FROM sign_week
    WINDOW back AS (PARTITION BY client_id, week, sign ORDER BY sign_week DESC)
),

weighed AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY client_id, week, sign ORDER BY round(says, 9) DESC, weeks) = 1 AS tells_most
    FROM summed
    WHERE weeks <> 5
),

told AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY client_id, week, sign = 'meetings' ORDER BY round(says, 9) DESC, sign) AS place,
        ' (usually ' || round(100 * base)::INTEGER::STRING || ' %)' AS usually,
        CASE WHEN counted = 0 THEN 'none' ELSE counted::INTEGER::STRING END || ' of the last '
        || counted_of::INTEGER::STRING AS out_of,
        CASE WHEN weeks = 1 THEN 'the last week' ELSE 'the last ' || weeks::STRING || ' weeks' END AS lately
    FROM weighed
    WHERE tells_most
),

phrased AS (
    SELECT
        client_id,
        week,
        place,
        weeks,
        says,
        CASE
            WHEN sign = 'active' AND counted_of = 1 THEN 'took no active part in the last meeting' || usually
            WHEN sign = 'active' THEN 'took an active part in ' || out_of || ' meetings' || usually
            WHEN sign = 'sponsor'
                THEN 'reported ' || CASE
                    WHEN counted = 0 THEN 'no sponsor contact'
                    WHEN counted = 1 THEN '1 sponsor contact'
                    ELSE counted::INTEGER::STRING || ' sponsor contacts'
                END || ' in ' || lately || ' (usually ' || base::DECIMAL(9, 1)::STRING || ' a week)'
            WHEN sign = 'step' AND counted = 0 THEN 'reported no step work in ' || lately || usually
            WHEN sign = 'step' THEN 'reported step work in ' || out_of || ' weeks' || usually
            WHEN sign = 'checkin' AND counted = 0 THEN 'completed no check-in in ' || lately || usually
            WHEN sign = 'checkin' THEN 'completed a check-in in ' || out_of || ' weeks' || usually
            WHEN counted_of = 1 THEN 'missed the last session' || usually
            ELSE 'missed ' || out_of || ' sessions' || usually
        END AS phrase
    FROM told
    WHERE sign <> 'meetings' AND says > 1
),

meeting_window AS (
    SELECT client_id, week, weeks, tells_most, round(ratio(counted, counted_of), 6) AS mean
    FROM weighed
    WHERE sign = 'meetings'
),

rarity AS (
    SELECT flag.client_id, flag.week, max(decline_threshold.weeks) AS once_in
    FROM decline_raised AS flag
    JOIN decline_threshold
        ON flag.score
        > CASE WHEN flag.signs > 0 THEN decline_threshold.involvement ELSE decline_threshold.attendance END
    GROUP BY flag.client_id, flag.week
),

kind AS (
    SELECT
        flag.*,
        rarity.once_in,
        CASE
            WHEN first_sign.phrase IS NULL OR attendance_ratio >= greatest(participation_ratio, involvement_ratio)
                THEN 'attendance'
            WHEN participation_ratio > involvement_ratio AND beside.mean > 0 THEN 'participation'
            ELSE 'involvement'
        END AS kind,
        meetings.mean AS meetings_recent,
        meetings.weeks AS meetings_weeks,
        beside.mean AS beside_recent,
        beside.weeks AS beside_weeks,
        first_sign.phrase AS first_phrase,
        ' and ' || second_sign.phrase AS second_phrase
    FROM decline_raised AS flag
    JOIN rarity ON flag.client_id = rarity.client_id AND flag.week = rarity.week
    JOIN meeting_window AS meetings
        ON flag.client_id = meetings.client_id AND flag.week = meetings.week AND meetings.tells_most
    LEFT JOIN phrased AS first_sign
        ON flag.client_id = first_sign.client_id AND flag.week = first_sign.week AND first_sign.place = 1
    LEFT JOIN phrased AS second_sign
        ON flag.client_id = second_sign.client_id
        AND flag.week = second_sign.week
        AND second_sign.place = 2
    LEFT JOIN meeting_window AS beside
        ON flag.client_id = beside.client_id AND flag.week = beside.week AND beside.weeks = first_sign.weeks
),

counted AS (
    SELECT
        *,
        CASE WHEN kind = 'participation' THEN beside_recent ELSE meetings_recent END AS recent,
        (CASE WHEN kind = 'participation' THEN beside_weeks ELSE meetings_weeks END)::INTEGER AS recent_weeks,
        first_phrase || coalesce(second_phrase, '') AS phrases
    FROM kind
)

SELECT
    client_id,
    week,
    kind,
    score,
    usual,
    recent,
    recent_weeks,
    CASE
        WHEN kind = 'participation'
            THEN 'Still attends about ' || recent::DECIMAL(9, 1)::STRING || ' meetings a week (usually '
                || usual::DECIMAL(9, 1)::STRING || '), but ' || phrases
        ELSE 'Averaged ' || usual::DECIMAL(9, 1)::STRING || ' meetings a week before, '
            || CASE WHEN recent = 0 THEN 'none' ELSE recent::DECIMAL(9, 1)::STRING END || ' in the last '
            || CASE WHEN recent_weeks = 1 THEN 'week' ELSE recent_weeks::STRING || ' weeks' END
            || CASE WHEN kind = 'involvement' THEN '; also ' || phrases ELSE '' END
    END
    || '. Among clients whose involvement has not changed, a flag this strong comes up '
    || CASE WHEN once_in = (SELECT max(weeks) FROM decline_threshold) THEN 'less than' ELSE 'about' END
    || ' once in ' || once_in::STRING || ' weeks.' AS reason,
    cleared_week,
    (days_between(week, cleared_week) / 7)::INTEGER AS weeks_to_clear
FROM counted

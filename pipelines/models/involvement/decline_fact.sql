-- A row: a client newly flagged in a week, and the facts in its sentence (pipelines/wording/flag_reason.py).
-- pipelines/turns.py decides who is flagged. The kind is the fall that explains the weeks best (week_score.sql):
-- `attendance` (fewer meetings), `participation` (still attending, taking part less), `involvement` (both).
-- `recent_weeks`: the number of last weeks with the most evidence for that fall; every figure of the flag covers these.
-- `recent`: meetings a full week over them. `usual`: over the weeks t-29 to t-4, or, of a client with few of those
-- (`usual_from` of decline_constant.toml), over all weeks before the recent ones. `short_history`: such a client.
-- `agreed`: meetings a week agreed to. `first_sign`, `second_sign`: the other signs that fell most, with what was
-- counted, out of what, and the usual rate. `once_in`: a flag this strong comes up once in so many weeks for a client
-- whose involvement has not changed, or (`rarer`) less often.
-- Made client by client.
WITH span AS (
    SELECT
        flag.client_id,
        flag.week,
        sign_week.sign,
        setting.participates,
        span.weeks,
        CASE span.weeks
            WHEN 1 THEN evidence_1
            WHEN 2 THEN evidence_2
            WHEN 3 THEN evidence_3
            WHEN 4 THEN evidence_4
            WHEN 6 THEN evidence_6
            ELSE evidence_8
        END AS evidence,
        sign_week.counted_before + sign_week.counted AS counted_all,
        sign_week.out_of_before + sign_week.out_of AS out_of_all
    FROM decline_raised AS flag
    JOIN sign_week ON flag.client_id = sign_week.client_id AND flag.week = sign_week.week
    JOIN sign_setting AS setting ON quarter_of(flag.week) = setting.quarter AND sign_week.sign = setting.sign
    CROSS JOIN decline_span AS span
),

-- The evidence for each kind of fall, by number of weeks.
strength AS (
    SELECT
        client_id,
        week,
        weeks,
        sum(CASE WHEN sign = 'meetings' THEN evidence ELSE 0 END) AS attendance,
        sum(CASE WHEN participates THEN greatest(evidence, 0) ELSE 0 END) AS participation,
        sum(CASE WHEN sign = 'meetings' THEN evidence ELSE greatest(evidence, 0) END) AS involvement,
        max(CASE WHEN sign <> 'meetings' THEN evidence ELSE 0 END) AS strongest_sign
    FROM span
    GROUP BY client_id, week, weeks
),

flag AS (
    SELECT
        raised.client_id,
        raised.stay,
        raised.week,
        raised.score,
        raised.cleared_week,
        week_score.signs,
        week_score.history,
        week_score.usual_weeks,
        week_score.usual,
        week_score.attendance_ratio,
        week_score.participation_ratio,
        week_score.involvement_ratio
    FROM decline_raised AS raised
    JOIN week_score ON raised.client_id = week_score.client_id AND raised.week = week_score.week
),

attended AS (
    SELECT
        flag.client_id,
        flag.week,
        span.weeks,
        sum(CASE WHEN days_between(here.week, flag.week) < 7 * span.weeks THEN here.meetings ELSE 0 END) AS meetings,
        sum(CASE WHEN days_between(here.week, flag.week) < 7 * span.weeks THEN here.weeks_of ELSE 0 END) AS weeks_of,
        sum(CASE WHEN days_between(here.week, flag.week) >= 7 * span.weeks THEN here.meetings ELSE 0 END)
        AS meetings_before,
        sum(CASE WHEN days_between(here.week, flag.week) >= 7 * span.weeks THEN here.weeks_of ELSE 0 END)
        AS weeks_of_before
    FROM flag
    CROSS JOIN decline_span AS span
    JOIN involvement_week AS here
        ON flag.client_id = here.client_id
        AND here.week BETWEEN add_days(flag.week, -7 * rule('usual_weeks_first')) AND flag.week
    GROUP BY flag.client_id, flag.week, span.weeks
),

-- `participation` needs a client who still attends and a sign that fell; `attendance` needs no other sign.
kind AS (
    SELECT
        flag.client_id,
        flag.week,
        CASE
            WHEN
                max(strength.strongest_sign) <= 1
                OR max(flag.attendance_ratio) >= greatest(max(flag.participation_ratio), max(flag.involvement_ratio))
                THEN 'attendance'
            WHEN max(flag.participation_ratio) > max(flag.involvement_ratio) AND min(attended.meetings) > 0
                THEN 'participation'
            ELSE 'involvement'
        END AS kind
    FROM flag
    JOIN strength ON flag.client_id = strength.client_id AND flag.week = strength.week
    JOIN attended
        ON strength.client_id = attended.client_id
        AND strength.week = attended.week
        AND strength.weeks = attended.weeks
    GROUP BY flag.client_id, flag.week
),

named AS (
    SELECT
        strength.*,
        attended.meetings,
        attended.weeks_of,
        attended.meetings_before,
        attended.weeks_of_before,
        kind.kind
    FROM strength
    JOIN attended
        ON strength.client_id = attended.client_id
        AND strength.week = attended.week
        AND strength.weeks = attended.weeks
    JOIN kind ON strength.client_id = kind.client_id AND strength.week = kind.week
),

ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY client_id, week
            ORDER BY
                weeks_of > 0 DESC,
                round(
                    CASE kind
                        WHEN 'attendance' THEN attendance
                        WHEN 'participation' THEN participation
                        ELSE involvement
                    END, 9
                ) DESC,
                weeks
        ) AS place
    FROM named
),

window_chosen AS (
    SELECT * FROM ranked WHERE place = 1
),

sign_chosen AS (
    SELECT
        span.client_id,
        span.week,
        span.sign,
        sum(sign_week.counted) AS counted,
        sum(sign_week.out_of) AS out_of,
        ratio(
            max(span.counted_all) - sum(sign_week.counted), max(span.out_of_all) - sum(sign_week.out_of)
        ) AS usual,
        row_number() OVER (
            PARTITION BY span.client_id, span.week ORDER BY round(max(span.evidence), 9) DESC, span.sign
        ) AS place
    FROM window_chosen
    JOIN span
        ON window_chosen.client_id = span.client_id
        AND window_chosen.week = span.week
        AND window_chosen.weeks = span.weeks
    JOIN sign_week
        ON span.client_id = sign_week.client_id
        AND span.sign = sign_week.sign
        AND sign_week.week BETWEEN add_days(span.week, 7 - 7 * span.weeks) AND span.week
    WHERE span.sign <> 'meetings' AND window_chosen.kind <> 'attendance' AND span.evidence > 1
    GROUP BY span.client_id, span.week, span.sign
),

rarity AS (
    SELECT flag.client_id, flag.week, max(decline_threshold.weeks) AS once_in
    FROM flag
    JOIN decline_threshold
        ON quarter_of(flag.week) = decline_threshold.quarter
        AND flag.history BETWEEN decline_threshold.history_from AND decline_threshold.history_to
        AND flag.score
        > CASE WHEN flag.signs > 0 THEN decline_threshold.involvement ELSE decline_threshold.attendance END
    GROUP BY flag.client_id, flag.week
)

SELECT
    flag.client_id,
    flag.stay,
    flag.week,
    window_chosen.kind,
    flag.score,
    CASE
        WHEN flag.usual_weeks >= decline_constant.usual_from THEN flag.usual
        ELSE round(ratio(window_chosen.meetings_before, window_chosen.weeks_of_before), 6)
    END AS usual,
    round(ratio(window_chosen.meetings, window_chosen.weeks_of), 6) AS recent,
    CAST(window_chosen.weeks AS INTEGER) AS recent_weeks,
    flag.usual_weeks < decline_constant.usual_from AS short_history,
    care_week.agreed_meetings AS agreed,
    first_sign.sign AS first_sign,
    first_sign.counted AS first_counted,
    first_sign.out_of AS first_out_of,
    first_sign.usual AS first_usual,
    second_sign.sign AS second_sign,
    second_sign.counted AS second_counted,
    second_sign.out_of AS second_out_of,
    second_sign.usual AS second_usual,
    rarity.once_in,
    rarity.once_in = (SELECT max(weeks) FROM decline_threshold_default) AS rarer,
    flag.cleared_week,
    setting.fitted_on
FROM flag
CROSS JOIN decline_constant
JOIN window_chosen ON flag.client_id = window_chosen.client_id AND flag.week = window_chosen.week
JOIN care_week ON flag.client_id = care_week.client_id AND flag.week = care_week.week
JOIN decline_setting AS setting ON quarter_of(flag.week) = setting.quarter
JOIN rarity ON flag.client_id = rarity.client_id AND flag.week = rarity.week
LEFT JOIN sign_chosen AS first_sign
    ON flag.client_id = first_sign.client_id AND flag.week = first_sign.week AND first_sign.place = 1
LEFT JOIN sign_chosen AS second_sign
    ON flag.client_id = second_sign.client_id AND flag.week = second_sign.week AND second_sign.place = 2

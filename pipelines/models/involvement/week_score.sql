-- A row: a client in care, in a complete week: the evidence of a fall from the client's usual in the last weeks. There
-- are three kinds of fall: fewer meetings (`attendance`), still attending but taking part less (`participation`), both
-- together (`involvement`). Each is a likelihood ratio against no change (sign_week.sql): over meetings; over the signs
-- of taking part; over all signs. A sign falls with the others with the probability of its weight. A fall of meetings
-- may have begun 1, 2, 3 or 4 weeks ago, one of taking part, which shows more slowly, 4, 6 or 8 weeks ago. The mean
-- over these is taken, weighed by decline_span.toml, and the three falls are weighed by their shares
-- (decline_constant.toml). It is a Bayes factor.
-- `involvement_score` is its log; `attendance_score` that of meetings alone. `score` raises a flag: involvement, or
-- attendance if a client has shown no other sign. Null in a week that does not count or has no earlier week to compare
-- with.
-- `attendance_ratio`, `participation_ratio`, `involvement_ratio`: of each fall; the largest names the flag.
-- `above`: also null if the score is under the threshold in a week whose meetings are unknown, because that clears no
-- flag.
-- `judged`: whether there are enough weeks, and enough meetings or other signs, for a fall to be seen; `judge_reason`:
-- what is lacking.
-- Made client by client.
WITH mixed AS (
    SELECT
        sign_week.client_id,
        sign_week.week,
        sign_week.sign,
        CASE
            WHEN sign_week.sign = 'meetings' THEN 0
            WHEN sign_week.out_of_before < 1 THEN 0
            WHEN sign_week.counted_before > 0 OR setting.tells_from_nothing THEN 1
            ELSE 0
        END AS informative,
        CASE WHEN sign_week.sign <> 'meetings' AND sign_week.out_of_before >= 5 THEN 1 ELSE 0 END AS well_known,
        setting.participates,
        ln(1 - setting.weight + setting.weight * exp(sign_week.evidence_1)) AS fall_1,
        ln(1 - setting.weight + setting.weight * exp(sign_week.evidence_2)) AS fall_2,
        ln(1 - setting.weight + setting.weight * exp(sign_week.evidence_3)) AS fall_3,
        ln(1 - setting.weight + setting.weight * exp(sign_week.evidence_4)) AS fall_4,
        CASE
            WHEN setting.participates THEN ln(1 - setting.weight + setting.weight * exp(sign_week.evidence_6)) ELSE 0
        END AS fall_6,
        CASE
            WHEN setting.participates THEN ln(1 - setting.weight + setting.weight * exp(sign_week.evidence_8)) ELSE 0
        END AS fall_8
    FROM sign_week
    JOIN sign_setting AS setting ON quarter_of(sign_week.week) = setting.quarter AND sign_week.sign = setting.sign
),

-- How likely each span is (decline_span.toml).
likely AS (
    SELECT
        max(CASE WHEN weeks = 1 THEN meetings END) AS meetings_1,
        max(CASE WHEN weeks = 2 THEN meetings END) AS meetings_2,
        max(CASE WHEN weeks = 3 THEN meetings END) AS meetings_3,
        max(CASE WHEN weeks = 4 THEN meetings END) AS meetings_4,
        max(CASE WHEN weeks = 4 THEN participation END) AS participation_4,
        max(CASE WHEN weeks = 6 THEN participation END) AS participation_6,
        max(CASE WHEN weeks = 8 THEN participation END) AS participation_8
    FROM decline_span
),

summed AS (
    SELECT
        client_id,
        week,
        sum(informative) AS signs,
        sum(informative * well_known) AS signs_well_known,
        max(CASE WHEN sign = 'meetings' THEN fall_1 END) AS attendance_1,
        max(CASE WHEN sign = 'meetings' THEN fall_2 END) AS attendance_2,
        max(CASE WHEN sign = 'meetings' THEN fall_3 END) AS attendance_3,
        max(CASE WHEN sign = 'meetings' THEN fall_4 END) AS attendance_4,
        sum(CASE WHEN participates THEN fall_4 ELSE 0 END) AS participation_4,
        sum(fall_6) AS participation_6,
        sum(fall_8) AS participation_8,
        sum(fall_1) AS involvement_1,
        sum(fall_2) AS involvement_2,
        sum(fall_3) AS involvement_3,
        sum(fall_4) AS involvement_4
    FROM mixed
    GROUP BY client_id, week
),

together AS (
    SELECT
        summed.client_id,
        summed.week,
        summed.signs,
        summed.signs_well_known,
        meetings_1 * exp(attendance_1) + meetings_2 * exp(attendance_2)
        + meetings_3 * exp(attendance_3) + meetings_4 * exp(attendance_4) AS attendance_ratio,
        likely.participation_4 * exp(summed.participation_4) + likely.participation_6 * exp(summed.participation_6)
        + likely.participation_8 * exp(summed.participation_8) AS participation_ratio,
        meetings_1 * exp(involvement_1) + meetings_2 * exp(involvement_2)
        + meetings_3 * exp(involvement_3) + meetings_4 * exp(involvement_4) AS involvement_ratio
    FROM summed
    CROSS JOIN likely
),

scored AS (
    SELECT
        involvement_week.*,
        coalesce(together.signs, 0) AS signs,
        coalesce(together.signs_well_known, 0) AS signs_well_known,
        together.attendance_ratio,
        together.participation_ratio,
        together.involvement_ratio,
        setting.quarter,
        setting.history_weeks,
        setting.history_to_judge,
        setting.usual_to_judge,
        setting.signs_to_judge,
        CASE WHEN exposure > 0 AND history > 0 THEN round(ln(attendance_ratio), 6) END AS attendance_score,
        CASE WHEN exposure > 0 AND history > 0
            THEN round(ln(
                setting.attendance_share * attendance_ratio
                + setting.participation_share * participation_ratio
                + setting.involvement_share * involvement_ratio
            ), 6)
        END AS involvement_score
    FROM involvement_week
    LEFT JOIN together ON involvement_week.client_id = together.client_id AND involvement_week.week = together.week
    JOIN decline_setting AS setting ON quarter_of(involvement_week.week) = setting.quarter
    WHERE involvement_week.stay IS NOT NULL
),

compared AS (
    SELECT
        scored.*,
        CASE WHEN signs > 0 THEN involvement_score ELSE attendance_score END AS score,
        CASE WHEN signs > 0 THEN threshold.involvement ELSE threshold.attendance END AS flags_above
    FROM scored
    LEFT JOIN decline_threshold_accepted AS threshold
        ON scored.quarter = threshold.quarter
        AND scored.history BETWEEN threshold.history_from AND threshold.history_to
),

reasoned AS (
    SELECT
        *,
        CASE
            WHEN history >= history_weeks AND (weeks_of > 0 OR score > flags_above) THEN score > flags_above
        END AS above,
        CASE
            WHEN history = 0 THEN 'too new to compare'
            WHEN history = 1 AND history < history_to_judge THEN 'only 1 earlier week to compare with'
            WHEN history < history_to_judge THEN 'only ' || CAST(history AS STRING) || ' earlier weeks to compare with'
            WHEN recent_weeks = 0
                THEN 'none of the last ' || CAST(CAST(rule('recent_weeks') AS INTEGER) AS STRING) || ' weeks counts'
            WHEN score > flags_above THEN NULL
            WHEN coalesce(usual, recent) < usual_to_judge AND signs_well_known < signs_to_judge
                THEN 'too few meetings to judge'
        END AS judge_reason
    FROM compared
)

SELECT
    client_id,
    stay,
    week,
    exposure,
    history,
    usual,
    usual_weeks,
    attendance_score,
    involvement_score,
    CAST(signs AS INTEGER) AS signs,
    score,
    flags_above,
    above,
    round(attendance_ratio, 6) AS attendance_ratio,
    round(participation_ratio, 6) AS participation_ratio,
    round(involvement_ratio, 6) AS involvement_ratio,
    recent AS attendance_recent,
    recent_weeks AS attendance_recent_weeks,
    judge_reason IS NULL AS judged,
    judge_reason
FROM reasoned

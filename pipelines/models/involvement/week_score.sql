-- A row: a client in care, in a complete week: how far the last weeks speak for a fall from the client's usual.
-- Three falls are told apart: fewer meetings (`attendance`), still attending but taking part less (`participation`), both
-- together (`involvement`). Each is a likelihood ratio against no change: of meetings; of the other signs, each of which
-- moves with a fall or does not (by its weight); of both. A fall may have begun 1, 2, 3, 4 or 6 weeks ago, so the mean
-- over these windows is taken, and the three weighed by how common they are (the shares). It is a Bayes factor.
-- `involvement_score` is its log; `attendance_score` that of meetings alone. `score` raises a flag: involvement, or
-- attendance where a client has shown no other sign. Null in a week that does not count or has no baseline.
-- `attendance_ratio`, `participation_ratio`, `involvement_ratio`: of each fall; the largest names the flag.
-- `usual`: meetings a full week over the baseline. `attendance_recent`: the same over the last four weeks, of which
-- `attendance_recent_weeks` count.
-- `judged`: enough weeks, and enough meetings or other signs, that a fall would be seen; `judge_reason`: what lacks.
WITH bracket AS (
    SELECT
        min(decline_threshold.false_alerts_per_year) FILTER (WHERE NOT fewer) AS more_alerts,
        max(decline_threshold.false_alerts_per_year) FILTER (WHERE fewer) AS fewer_alerts,
        max(decline_threshold.attendance) FILTER (WHERE NOT fewer) AS attendance_low,
        min(decline_threshold.attendance) FILTER (WHERE fewer) AS attendance_high,
        max(decline_threshold.involvement) FILTER (WHERE NOT fewer) AS involvement_low,
        min(decline_threshold.involvement) FILTER (WHERE fewer) AS involvement_high,
        max(setting.false_alerts_per_year) AS accepted
    FROM (
        SELECT
            decline_threshold.*,
            decline_threshold.false_alerts_per_year <= setting.false_alerts_per_year AS fewer
        FROM decline_threshold
        CROSS JOIN decline_setting AS setting
    ) AS decline_threshold
    CROSS JOIN decline_setting AS setting
),

-- Between two rates of the table, the threshold lies as far as the rate's logarithm.
threshold AS (
    SELECT
        attendance_high - (attendance_high - coalesce(attendance_low, attendance_high)) * way AS attendance,
        involvement_high - (involvement_high - coalesce(involvement_low, involvement_high)) * way AS involvement
    FROM (
        SELECT *, coalesce(ratio(ln(accepted / fewer_alerts), ln(more_alerts / fewer_alerts)), 0) AS way FROM bracket
    ) AS bracket
),

-- Each week's likelihood ratio of each sign, and how many other signs the client has shown.
told AS (
    SELECT
        client_id,
        stay,
        week,
        exposure,
        counted_weeks,
        meetings AS attended,
        weeks_of,
        round(ratio(meetings_base, meetings_base_of), 6) AS usual,
        exp(meetings_says) AS meetings,
        exp(active_says) AS active,
        exp(sponsor_says) AS sponsor,
        exp(step_says) AS step,
        exp(checkin_says) AS checkin,
        exp(no_show_says) AS no_show,
        CASE WHEN active_base > 0 AND active_base_of >= history_weeks THEN 1 ELSE 0 END
        + CASE WHEN sponsor_base > 0 AND sponsor_base_of >= history_weeks THEN 1 ELSE 0 END
        + CASE WHEN step_base > 0 AND step_base_of >= history_weeks THEN 1 ELSE 0 END
        + CASE WHEN checkin_base > 0 AND checkin_base_of >= history_weeks THEN 1 ELSE 0 END
        + CASE WHEN no_show_base_of >= history_weeks THEN 1 ELSE 0 END AS signs
    FROM week_evidence
    CROSS JOIN decline_setting
),

-- Windows of 1, 2, 3, 4 and 6 weeks: the products of their weeks' ratios.
windowed AS (
    SELECT
        *,
        meetings * lag(meetings, 1, 1) OVER weeks AS meetings_2,
        meetings_2 * lag(meetings, 2, 1) OVER weeks AS meetings_3,
        meetings_3 * lag(meetings, 3, 1) OVER weeks AS meetings_4,
        meetings_4 * lag(meetings, 4, 1) OVER weeks * lag(meetings, 5, 1) OVER weeks AS meetings_6,
        active * lag(active, 1, 1) OVER weeks AS active_2,
        active_2 * lag(active, 2, 1) OVER weeks AS active_3,
        active_3 * lag(active, 3, 1) OVER weeks AS active_4,
        active_4 * lag(active, 4, 1) OVER weeks * lag(active, 5, 1) OVER weeks AS active_6,
        sponsor * lag(sponsor, 1, 1) OVER weeks AS sponsor_2,
        sponsor_2 * lag(sponsor, 2, 1) OVER weeks AS sponsor_3,
        sponsor_3 * lag(sponsor, 3, 1) OVER weeks AS sponsor_4,
        sponsor_4 * lag(sponsor, 4, 1) OVER weeks * lag(sponsor, 5, 1) OVER weeks AS sponsor_6,
        step * lag(step, 1, 1) OVER weeks AS step_2,
        step_2 * lag(step, 2, 1) OVER weeks AS step_3,
        step_3 * lag(step, 3, 1) OVER weeks AS step_4,
        step_4 * lag(step, 4, 1) OVER weeks * lag(step, 5, 1) OVER weeks AS step_6,
        checkin * lag(checkin, 1, 1) OVER weeks AS checkin_2,
        checkin_2 * lag(checkin, 2, 1) OVER weeks AS checkin_3,
        checkin_3 * lag(checkin, 3, 1) OVER weeks AS checkin_4,
        checkin_4 * lag(checkin, 4, 1) OVER weeks * lag(checkin, 5, 1) OVER weeks AS checkin_6,
        no_show * lag(no_show, 1, 1) OVER weeks AS no_show_2,
        no_show_2 * lag(no_show, 2, 1) OVER weeks AS no_show_3,
        no_show_3 * lag(no_show, 3, 1) OVER weeks AS no_show_4,
        no_show_4 * lag(no_show, 4, 1) OVER weeks * lag(no_show, 5, 1) OVER weeks AS no_show_6,
        sum(attended) OVER last_four AS attended_four,
        sum(weeks_of) OVER last_four AS weeks_four,
        sum(CASE WHEN weeks_of > 0 THEN 1 ELSE 0 END) OVER last_four AS attendance_recent_weeks
    FROM told
    WINDOW
        weeks AS (PARTITION BY client_id ORDER BY week),
        last_four AS (PARTITION BY client_id ORDER BY week ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)
),

-- A sign that moves with a fall speaks in full; one that does not, not at all.
mixed AS (
    SELECT
        windowed.*,
        (1 - w + w * active) * (1 - w + w * sponsor) * (1 - w + w * step) AS participation_1,
        (1 - w + w * active_2) * (1 - w + w * sponsor_2) * (1 - w + w * step_2) AS participation_2,
        (1 - w + w * active_3) * (1 - w + w * sponsor_3) * (1 - w + w * step_3) AS participation_3,
        (1 - w + w * active_4) * (1 - w + w * sponsor_4) * (1 - w + w * step_4) AS participation_4,
        (1 - w + w * active_6) * (1 - w + w * sponsor_6) * (1 - w + w * step_6) AS participation_6,
        (1 - w + w * checkin) * (1 - w + w * no_show) AS beside_1,
        (1 - w + w * checkin_2) * (1 - w + w * no_show_2) AS beside_2,
        (1 - w + w * checkin_3) * (1 - w + w * no_show_3) AS beside_3,
        (1 - w + w * checkin_4) * (1 - w + w * no_show_4) AS beside_4,
        (1 - w + w * checkin_6) * (1 - w + w * no_show_6) AS beside_6
    FROM windowed
    CROSS JOIN (SELECT sign_weight AS w FROM decline_setting) AS setting
    WHERE stay IS NOT NULL
),

weighed AS (
    SELECT
        mixed.*,
        (meetings + meetings_2 + meetings_3 + meetings_4 + meetings_6) / 5 AS attendance_ratio,
        (participation_1 + participation_2 + participation_3 + participation_4 + participation_6) / 5
        AS participation_ratio,
        (
            meetings * participation_1 * beside_1 + meetings_2 * participation_2 * beside_2
            + meetings_3 * participation_3 * beside_3 + meetings_4 * participation_4 * beside_4
            + meetings_6 * participation_6 * beside_6
        ) / 5 AS involvement_ratio,
        attendance_share,
        participation_share,
        involvement_share,
        history_weeks,
        usual_to_judge,
        signs_to_judge
    FROM mixed
    CROSS JOIN decline_setting AS setting
),

scored AS (
    SELECT
        *,
        CASE WHEN exposure > 0 AND usual IS NOT NULL THEN round(ln(attendance_ratio), 6) END AS attendance_score,
        CASE WHEN exposure > 0 AND usual IS NOT NULL
            THEN round(ln(
                attendance_share * attendance_ratio
                + participation_share * participation_ratio
                + involvement_share * involvement_ratio
            ), 6)
        END AS involvement_score,
        round(ratio(attended_four, weeks_four), 6) AS attendance_recent
    FROM weighed
),

compared AS (
    SELECT
        scored.*,
        CASE WHEN signs > 0 THEN involvement_score ELSE attendance_score END AS score,
        CASE WHEN signs > 0 THEN threshold.involvement ELSE threshold.attendance END AS flags_above
    FROM scored
    CROSS JOIN threshold
),

reasoned AS (
    SELECT
        *,
        CASE WHEN counted_weeks >= history_weeks THEN score > flags_above END AS above,
        CASE
            WHEN counted_weeks = 0 THEN 'no weeks to compare with yet'
            WHEN counted_weeks = 1 THEN 'only 1 week to compare with so far'
            WHEN counted_weeks < history_weeks THEN 'only ' || counted_weeks::STRING || ' weeks to compare with so far'
            WHEN attendance_recent_weeks = 0 THEN 'none of the last 4 weeks counts'
            WHEN score > flags_above THEN NULL
            WHEN usual < usual_to_judge AND signs < signs_to_judge THEN 'too few meetings to judge'
        END AS judge_reason
    FROM compared
)

SELECT
    client_id,
    stay,
    week,
    exposure,
    counted_weeks,
    usual,
    attendance_score,
    involvement_score,
    signs,
    score,
    flags_above,
    above,
    round(attendance_ratio, 6) AS attendance_ratio,
    round(participation_ratio, 6) AS participation_ratio,
    round(involvement_ratio, 6) AS involvement_ratio,
    attendance_recent,
    attendance_recent_weeks::INTEGER AS attendance_recent_weeks,
    judge_reason IS NULL AS judged,
    judge_reason
FROM reasoned

-- A row: a client in care, in a complete week: how far the last four weeks speak for a fall from the client's usual.
-- Of each sign, the score is the log of the mean likelihood ratio of the windows of 1, 2, 3 and 4 weeks that end with
-- this one. `attendance_score` is that of meetings; `involvement_score` adds up the signs, each by its weight (the
-- other signs count for less, and one that has not moved takes little away). `score` is the one that raises a flag:
-- involvement, or attendance where a client has no other sign. Null in a week that does not count or has no baseline.
-- `usual`: meetings a full week over the baseline. `attendance_recent`: the same over the last four weeks, of which
-- `attendance_recent_weeks` count.
-- `judged`: enough weeks, and enough meetings or other signs, that a fall would be seen; `judge_reason`: what lacks.
WITH threshold AS (
    SELECT
        coalesce(min(attendance) FILTER (WHERE accepted), max(attendance)) AS attendance,
        coalesce(min(involvement) FILTER (WHERE accepted), max(involvement)) AS involvement
    FROM (
        SELECT
            decline_threshold.attendance,
            decline_threshold.involvement,
            decline_threshold.false_alerts_per_year <= setting.false_alerts_per_year AS accepted
        FROM decline_threshold
        CROSS JOIN decline_setting AS setting
    ) AS offered
),

-- The evidence of each sign as a likelihood ratio, and how many other signs the client has shown.
told AS (
    SELECT
        client_id,
        stay,
        week,
        exposure,
        counted_weeks,
        meetings AS attended,
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

-- The mean of r, r r₁, r r₁ r₂ and r r₁ r₂ r₃: r this week's ratio, r₁ that of the week before …
windowed AS (
    SELECT
        client_id,
        stay,
        week,
        exposure,
        counted_weeks,
        usual,
        signs,
        ln(meetings * (1 + lag(meetings, 1, 1) OVER weeks * (1 + lag(meetings, 2, 1) OVER weeks
            * (1 + lag(meetings, 3, 1) OVER weeks))) / 4) AS meetings_score,
        ln(active * (1 + lag(active, 1, 1) OVER weeks * (1 + lag(active, 2, 1) OVER weeks
            * (1 + lag(active, 3, 1) OVER weeks))) / 4) AS active_score,
        ln(sponsor * (1 + lag(sponsor, 1, 1) OVER weeks * (1 + lag(sponsor, 2, 1) OVER weeks
            * (1 + lag(sponsor, 3, 1) OVER weeks))) / 4) AS sponsor_score,
        ln(step * (1 + lag(step, 1, 1) OVER weeks * (1 + lag(step, 2, 1) OVER weeks
            * (1 + lag(step, 3, 1) OVER weeks))) / 4) AS step_score,
        ln(checkin * (1 + lag(checkin, 1, 1) OVER weeks * (1 + lag(checkin, 2, 1) OVER weeks
            * (1 + lag(checkin, 3, 1) OVER weeks))) / 4) AS checkin_score,
        ln(no_show * (1 + lag(no_show, 1, 1) OVER weeks * (1 + lag(no_show, 2, 1) OVER weeks
            * (1 + lag(no_show, 3, 1) OVER weeks))) / 4) AS no_show_score,
        round(ratio(sum(attended) OVER last_four, sum(exposure) OVER last_four), 6) AS attendance_recent,
        count(*) FILTER (WHERE exposure > 0) OVER last_four AS attendance_recent_weeks
    FROM told
    WINDOW
        weeks AS (PARTITION BY client_id ORDER BY week),
        last_four AS (PARTITION BY client_id ORDER BY week ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)
),

weighed AS (
    SELECT
        *,
        ln(1 - meetings_weight + meetings_weight * exp(meetings_score)) AS meetings_part,
        ln(1 - active_weight + active_weight * exp(active_score))
        + ln(1 - sponsor_weight + sponsor_weight * exp(sponsor_score))
        + ln(1 - step_weight + step_weight * exp(step_score))
        + ln(1 - checkin_weight + checkin_weight * exp(checkin_score))
        + ln(1 - no_show_weight + no_show_weight * exp(no_show_score)) AS other_part
    FROM windowed
    CROSS JOIN decline_setting
    WHERE stay IS NOT NULL
),

scored AS (
    SELECT
        *,
        CASE WHEN exposure > 0 AND usual IS NOT NULL THEN round(meetings_score, 6) END AS attendance_score,
        CASE WHEN exposure > 0 AND usual IS NOT NULL THEN round(meetings_part + other_part, 6) END AS involvement_score
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
    counted_weeks,
    usual,
    attendance_score,
    involvement_score,
    signs,
    score,
    flags_above,
    above,
    attendance_recent,
    attendance_recent_weeks,
    judge_reason IS NULL AS judged,
    judge_reason
FROM reasoned

-- A row: the score that raises a flag in a quarter of the year at the rate of false alerts that the clinic accepts, for
-- clients with `history_from` to `history_to` weeks to compare with. Between two rates of decline_threshold, the score
-- is interpolated by the rate's logarithm.
WITH side AS (
    SELECT
        decline_threshold.*,
        setting.false_alerts_per_year AS accepted,
        decline_threshold.false_alerts_per_year <= setting.false_alerts_per_year AS fewer
    FROM decline_threshold
    JOIN decline_setting AS setting ON decline_threshold.quarter = setting.quarter
),

bracket AS (
    SELECT
        quarter,
        history_from,
        history_to,
        max(accepted) AS accepted,
        min(false_alerts_per_year) FILTER (WHERE NOT fewer) AS more_alerts,
        max(false_alerts_per_year) FILTER (WHERE fewer) AS fewer_alerts,
        max(attendance) FILTER (WHERE NOT fewer) AS attendance_low,
        min(attendance) FILTER (WHERE fewer) AS attendance_high,
        max(involvement) FILTER (WHERE NOT fewer) AS involvement_low,
        min(involvement) FILTER (WHERE fewer) AS involvement_high
    FROM side
    GROUP BY quarter, history_from, history_to
),

placed AS (
    SELECT *, coalesce(ratio(ln(accepted / fewer_alerts), ln(more_alerts / fewer_alerts)), 0) AS way FROM bracket
)

SELECT
    quarter,
    history_from,
    history_to,
    attendance_high - (attendance_high - coalesce(attendance_low, attendance_high)) * way AS attendance,
    involvement_high - (involvement_high - coalesce(involvement_low, involvement_high)) * way AS involvement
FROM placed

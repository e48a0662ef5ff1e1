-- A row: the score that raises a flag in a quarter of the year, at a rate of false alerts per client-year, for clients
-- with at least `history_from` weeks to compare with: as fitted to the clinic, else the default (decline_history.toml).
-- `weeks`: how seldom a flag this strong comes up for a client whose involvement has not changed.
-- Published, ordered by quarter, history_from, false_alerts_per_year.
WITH long_history AS (
    SELECT
        setting.quarter,
        standard.false_alerts_per_year,
        standard.weeks,
        coalesce(fitted.attendance, standard.attendance) AS attendance,
        coalesce(fitted.involvement, standard.involvement) AS involvement
    FROM decline_setting AS setting
    CROSS JOIN decline_threshold_default AS standard
    LEFT JOIN decline_fit_threshold AS fitted
        ON setting.quarter = fitted.fitted_on
        AND standard.false_alerts_per_year = fitted.false_alerts_per_year
)

SELECT
    long_history.quarter,
    decline_history.history_from,
    lead(decline_history.history_from, 1, 30) OVER (
        PARTITION BY long_history.quarter, long_history.false_alerts_per_year ORDER BY decline_history.history_from
    ) - 1 AS history_to,
    long_history.false_alerts_per_year,
    long_history.weeks,
    decline_history.attendance_base + decline_history.attendance_slope * long_history.attendance AS attendance,
    decline_history.involvement_base + decline_history.involvement_slope * long_history.involvement AS involvement
FROM long_history
CROSS JOIN decline_history

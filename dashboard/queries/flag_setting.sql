-- One row: what the decline flag works with in the newest weeks. `fitted_on` and `client_weeks` are null if the
-- defaults are used.
SELECT
    setting.false_alerts_per_year,
    setting.caseload_share,
    decline_fit.fitted_on,
    decline_fit.client_weeks,
    setting.meetings_prior / setting.meetings_prior_weeks AS meetings_expected,
    setting.dispersion_prior AS dispersion,
    setting.holiday_factor,
    setting.step_down_factor
FROM decline_setting AS setting
LEFT JOIN decline_fit ON setting.fitted_on = decline_fit.fitted_on
ORDER BY setting.quarter DESC
LIMIT 1

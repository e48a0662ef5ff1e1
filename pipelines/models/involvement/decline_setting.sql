-- A row: a quarter of the year, and what the decline flag works with in its weeks: what the clinic chose, what was
-- fitted to the weeks before the quarter, and declared constants for the rest. A week keeps the constants of its
-- quarter.
-- `holiday_factor`: 1 if all dates are shifted, because nobody can know on which weeks the holidays then lie.
-- Published, ordered by quarter.
SELECT
    quarter.quarter,
    decline_fit.fitted_on,
    decline_choice.false_alerts_per_year,
    decline_choice.caseload_share,
    decline_constant.history_weeks,
    decline_constant.history_to_judge,
    decline_constant.usual_to_judge,
    decline_constant.signs_to_judge,
    CASE
        WHEN (SELECT max(date_basis) FROM clinic) = 'shifted' THEN 1
        ELSE coalesce(decline_fit.holiday_factor, decline_constant.holiday_factor)
    END AS holiday_factor,
    coalesce(decline_fit.step_down_factor, decline_constant.step_down_factor) AS step_down_factor,
    coalesce(decline_fit.settling, decline_constant.settling) AS settling,
    decline_constant.settling_weeks,
    decline_constant.agreed_prior,
    coalesce(decline_fit.agreed_kept, decline_constant.agreed_kept) AS agreed_kept,
    decline_constant.attendance_share,
    decline_constant.participation_share,
    decline_constant.involvement_share,
    decline_constant.dispersion_weeks,
    decline_constant.dispersion_least,
    decline_constant.dispersion_most,
    coalesce(decline_fit.meetings_prior, meetings.prior) AS meetings_prior,
    coalesce(decline_fit.meetings_prior_weeks, meetings.worth) AS meetings_prior_weeks,
    coalesce(decline_fit.dispersion_prior, meetings.dispersion) AS dispersion_prior
FROM (SELECT DISTINCT quarter_of(week) AS quarter FROM care_week) AS quarter
CROSS JOIN decline_constant
CROSS JOIN decline_choice
JOIN decline_sign AS meetings ON meetings.name = 'meetings'
LEFT JOIN decline_fit ON quarter.quarter = decline_fit.fitted_on

-- A row: a sign of involvement in a quarter of the year, and its constants: as fitted to the clinic, else as declared.
SELECT
    setting.quarter,
    decline_sign.name AS sign,
    decline_sign.ratio,
    CASE WHEN decline_sign.name = 'meetings' THEN setting.meetings_prior ELSE decline_sign.prior END AS prior,
    CASE WHEN decline_sign.name = 'meetings' THEN setting.meetings_prior_weeks ELSE decline_sign.worth END AS worth,
    decline_sign.own_dispersion,
    CASE
        WHEN decline_sign.name = 'meetings' THEN setting.dispersion_prior
        ELSE decline_sign.dispersion
    END AS dispersion,
    coalesce(decline_fit_sign.weight, decline_sign.weight) AS weight,
    decline_sign.participates,
    decline_sign.tells_from_nothing,
    setting.agreed_prior,
    setting.agreed_kept,
    setting.dispersion_weeks,
    setting.dispersion_least,
    setting.dispersion_most
FROM decline_setting AS setting
CROSS JOIN decline_sign
LEFT JOIN decline_fit_sign
    ON setting.fitted_on = decline_fit_sign.fitted_on AND decline_sign.name = decline_fit_sign.sign

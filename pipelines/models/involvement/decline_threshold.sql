-- A row: the scores that raise a flag, by how many false alerts a client-year are accepted: as fitted to the clinic, else
-- the defaults. `weeks`: how seldom a flag this strong comes up for a client whose involvement has not changed.
-- Published, ordered by false_alerts_per_year.
SELECT
    decline_threshold_default.false_alerts_per_year,
    decline_threshold_default.weeks,
    coalesce(fitted.attendance, decline_threshold_default.attendance) AS attendance,
    coalesce(fitted.involvement, decline_threshold_default.involvement) AS involvement
FROM decline_threshold_default
LEFT JOIN decline_fit_threshold AS fitted
    ON decline_threshold_default.false_alerts_per_year = fitted.false_alerts_per_year

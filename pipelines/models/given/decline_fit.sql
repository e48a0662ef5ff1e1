-- A row: constants fitted to the clinic's own weeks; none where it has too few, and then the defaults serve. A run puts its
-- fit in the place of this empty table (pipelines/fit). `fitted_on`: the day before which they lie; `client_weeks`: how many.
SELECT
    NULL::DATE AS fitted_on,
    NULL::BIGINT AS client_weeks,
    NULL::DOUBLE AS meetings_prior,
    NULL::DOUBLE AS meetings_prior_weeks,
    NULL::DOUBLE AS dispersion_prior,
    NULL::DOUBLE AS holiday_factor,
    NULL::DOUBLE AS step_down_factor
WHERE false

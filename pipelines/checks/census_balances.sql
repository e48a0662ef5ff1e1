-- Everyone who was in care, or was admitted, is still in care or was discharged; and a period opens as the one before
-- it closed.
WITH flow AS (
    SELECT
        kind,
        period,
        sum(numerator) FILTER (WHERE measure = 'census_opening') AS opening,
        sum(numerator) FILTER (WHERE measure = 'admissions') AS admissions,
        sum(numerator) FILTER (WHERE measure = 'discharges') AS discharges,
        sum(numerator) FILTER (WHERE measure = 'census_closing') AS closing
    FROM caseload_period
    WHERE breakdown = 'all'
    GROUP BY kind, period
)

SELECT *
FROM flow
QUALIFY
    opening + admissions - discharges <> closing
    OR lag(closing) OVER (PARTITION BY kind ORDER BY period) <> opening

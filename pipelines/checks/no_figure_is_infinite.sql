-- A rate without a denominator is null, never infinite or not a number.
SELECT * FROM caseload_week WHERE isinf(value) OR isnan(value)
UNION ALL
SELECT * FROM caseload_month WHERE isinf(value) OR isnan(value)

-- A rate without a denominator is null, never infinite or not a number.
SELECT * FROM caseload_week WHERE abs(value) = CAST('Infinity' AS DOUBLE) OR isnan(value)
UNION ALL
SELECT * FROM caseload_month WHERE abs(value) = CAST('Infinity' AS DOUBLE) OR isnan(value)

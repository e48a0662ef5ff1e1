-- A rate without a denominator is null, never infinite or not a number.
SELECT *
FROM (
    SELECT measure, breakdown, member, value FROM caseload_week
    UNION ALL
    SELECT measure, breakdown, member, value FROM caseload_month
    UNION ALL
    SELECT measure, breakdown, member, value FROM caseload_window
    UNION ALL
    SELECT measure, breakdown, member, value FROM control_point
    UNION ALL
    SELECT measure, breakdown, member, value FROM flag_response_group
) AS figure
WHERE abs(value) = CAST('Infinity' AS DOUBLE) OR isnan(value)

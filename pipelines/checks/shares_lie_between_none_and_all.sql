-- A share counts a part of its denominator.
SELECT figure.*
FROM (
    SELECT measure, breakdown, member, numerator, denominator FROM caseload_week
    UNION ALL
    SELECT measure, breakdown, member, numerator, denominator FROM caseload_month
    UNION ALL
    SELECT measure, breakdown, member, numerator, denominator FROM caseload_window
) AS figure
JOIN measures ON figure.measure = measures.name
WHERE measures.scale = 'share' AND (figure.numerator < 0 OR figure.numerator > figure.denominator + 1e-9)
UNION ALL
SELECT measure, breakdown, member, numerator, denominator
FROM flag_response_group
WHERE numerator < 0 OR numerator > denominator

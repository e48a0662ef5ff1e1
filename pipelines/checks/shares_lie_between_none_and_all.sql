-- A share counts a part of its denominator.
SELECT caseload_week.*
FROM caseload_week
JOIN measures ON caseload_week.measure = measures.name
WHERE measures.scale = 'share' AND caseload_week.numerator > caseload_week.denominator + 1e-9

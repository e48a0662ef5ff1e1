-- A row: one of `$measures` of a whole clinic: in the month `$month`, or, if the measure is of rare events, in the
-- calendar quarter that ends with the month `$quarter`.
SELECT
    caseload_window.kind,
    caseload_window.period,
    caseload_window.measure,
    caseload_window.numerator,
    caseload_window.denominator,
    caseload_window.value
FROM caseload_window
JOIN measures ON caseload_window.measure = measures.name
WHERE
    list_contains($measures, caseload_window.measure)
    AND CASE measures.read_by
        WHEN 'week' THEN caseload_window.kind = 'month' AND caseload_window.period = $month
        ELSE caseload_window.kind = 'quarter' AND caseload_window.period = $quarter
    END
ORDER BY list_position($measures, caseload_window.measure)

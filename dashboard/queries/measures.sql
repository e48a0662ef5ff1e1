-- A row: a measure of a caseload by week and month, and the words that explain it, in the order in which they are
-- declared. Measures for reports only have no points to draw.
SELECT
    name,
    title,
    unit,
    scale,
    good,
    definition,
    numerator,
    denominator,
    source,
    plural,
    by_therapist,
    theme,
    stock,
    denominator_in::INTEGER AS denominator_in,
    denominator_unit
FROM measures
WHERE made_in <> 'caseload_window'
ORDER BY place

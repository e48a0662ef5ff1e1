-- A row: a measure of a caseload, and the words that explain it, in the order in which they are declared.
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
ORDER BY place

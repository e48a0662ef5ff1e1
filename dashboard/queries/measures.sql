-- A row: a measure of a caseload, and the words that explain it.
SELECT name, title, unit, scale, good, definition, numerator, denominator, source, plural, by_therapist
FROM measures
ORDER BY title

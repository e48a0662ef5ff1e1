-- A row: a measure of a group of clients in a complete week (see `caseload_period`; measures in measures.toml).
-- Published, ordered by measure, breakdown, member, period.
SELECT period, breakdown, member, measure, numerator, denominator, value
FROM caseload_period
WHERE kind = 'week'

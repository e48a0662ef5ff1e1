-- A row: a measure of a group of clients in a complete week or month (`kind`). What each measure means is in
-- measures.toml; `value` is numerator / denominator, or the numerator where there is no denominator.
-- Groups: all clients, and each site, program, therapist, level of care and primary addiction (`unknown` where blank).
-- The figures are made by family, in caseload_status.sql (how clients stood at the period's end), caseload_care.sql
-- (what they did in it) and caseload_event.sql (what happened).
SELECT
    kind,
    period,
    breakdown,
    member,
    measure,
    numerator,
    denominator,
    CASE WHEN denominator IS NULL THEN numerator ELSE ratio(numerator, denominator) END AS value
FROM (
    SELECT kind, period, breakdown, member, measure, numerator, denominator FROM caseload_status
    UNION ALL
    SELECT kind, period, breakdown, member, measure, numerator, denominator FROM caseload_care
    UNION ALL
    SELECT kind, period, breakdown, member, measure, numerator, denominator FROM caseload_event
) AS figure

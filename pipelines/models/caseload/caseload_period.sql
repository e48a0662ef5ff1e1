-- A row: a measure of a group of clients in a complete week or month (`kind`). Measures are defined in measures.toml;
-- `value` is numerator / denominator, or the numerator if there is no denominator.
-- Groups: all clients, and each site, program, therapist, level of care and primary addiction (`unknown` where blank).
-- The figures come from caseload_status.sql (the state at the period's end), caseload_care.sql (activity in the period)
-- and caseload_event.sql (events).
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

-- A row: a stay in care and its weekly symbols, one per week, in order (see `client_period.use_symbol`).
-- A pattern ends with the last complete week, or with the week in which the stay ended. The current week of a
-- continuing stay is left out even if a check-in has come: otherwise clients who answered early in the week would
-- have a longer pattern. Definition: docs/measures.md.
-- Made client by client.
-- Published, ordered by client_id, start_week.
SELECT
    client_period.client_id,
    min(client_period.period) AS start_week,
    symbols_in_order(array_agg(CAST(client_period.period AS STRING) || client_period.use_symbol)) AS pattern,
    client_period.stay
FROM client_period
JOIN stay ON client_period.client_id = stay.client_id AND client_period.stay = stay.stay
WHERE client_period.kind = 'week' AND (client_period.complete OR stay.end_date <= client_period.period_end)
GROUP BY client_period.client_id, client_period.stay

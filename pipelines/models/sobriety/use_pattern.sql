-- A row: a stay in care with the symbols of its weeks, one a week, in order (see `client_period.use_symbol`).
-- The week of the as-of date, not yet complete, joins the pattern once it holds a check-in or test.
-- Published, ordered by client_id, start_week.
SELECT
    client_id,
    min(period) AS start_week,
    symbols_in_order(array_agg(period::STRING || use_symbol)) AS pattern,
    stay
FROM client_period
WHERE kind = 'week' AND (complete OR check_rows > 0)
GROUP BY client_id, stay

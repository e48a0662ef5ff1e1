-- A row: a client-week to fit to, over before the day $before: all weeks of clients drawn by lot, at most 30,000 (575
-- client-years), enough to measure a rate of one alert a client-year to about 4 % (its standard error). The week in
-- which that day lies is left out: a run made on the quarter's first days does not have it yet, a later run does.
WITH drawn AS (
    SELECT client_id, sum(count(*)) OVER (ORDER BY md5(client_id)) AS weeks_so_far
    FROM care_week
    WHERE add_days(week, 6) < $before
    GROUP BY client_id
)

SELECT care_week.*
FROM care_week
JOIN drawn ON care_week.client_id = drawn.client_id
WHERE drawn.weeks_so_far <= 30000 AND add_days(care_week.week, 6) < $before

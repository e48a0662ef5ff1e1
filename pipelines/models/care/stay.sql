-- A row: a client's stay in care: episodes joined if the next begins at most 7 days after the last one ended. Both ends
-- are days in care. `end_date`: null while the stay continues. `last_day`: the last day so far.
-- Made client by client.
WITH broken AS (
    SELECT
        client_id,
        start_date,
        coalesce(end_date, DATE '9999-12-31') AS end_date,
        last_day,
        inferred,
        max(coalesce(end_date, DATE '9999-12-31')) OVER (
            PARTITION BY client_id ORDER BY start_date, end_date NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS ended_before
    FROM care_span
),

numbered AS (
    SELECT
        *,
        sum(CASE WHEN days_between(ended_before, start_date) <= rule('joined_days') THEN 0 ELSE 1 END) OVER (
            PARTITION BY client_id ORDER BY start_date, end_date
        ) AS stay
    FROM broken
)

SELECT
    client_id,
    CAST(stay AS INTEGER) AS stay,
    min(start_date) AS start_date,
    CASE WHEN max(end_date) < DATE '9999-12-31' THEN max(end_date) END AS end_date,
    max(last_day) AS last_day,
    bool_or(inferred) AS inferred
FROM numbered
GROUP BY client_id, stay

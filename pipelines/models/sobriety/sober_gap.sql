-- A row: a stretch of a client's sober days (`sober_since` to `confirmed_through`) that no check-in or test confirms,
-- with the basis of its days. `declared_days`: days up to the one on which a declared sobriety date was given.
-- `unknown_days`: the other days in care. `carried_days`: the other days out of care, carried over from an earlier
-- stay.
-- Made client by client.
WITH sober AS (
    SELECT
        client_id,
        sober_since,
        confirmed_through,
        CASE WHEN basis = 'declared' THEN declared_on END AS declared_on
    FROM sober_since
    WHERE sober_since <= confirmed_through
),

confirmed AS (
    SELECT
        sober.*,
        greatest(abstinent_span.start_date, sober.sober_since) AS start_date,
        lag(abstinent_span.end_date) OVER (PARTITION BY sober.client_id ORDER BY abstinent_span.start_date)
            AS confirmed_before
    FROM sober
    JOIN abstinent_span
        ON sober.client_id = abstinent_span.client_id
        AND abstinent_span.end_date >= sober.sober_since
),

gap AS (
    SELECT
        client_id,
        declared_on,
        coalesce(add_days(confirmed_before, 1), sober_since) AS start_date,
        add_days(start_date, -1) AS end_date
    FROM confirmed
    WHERE start_date > coalesce(add_days(confirmed_before, 1), sober_since)
),

parted AS (
    SELECT
        *,
        CASE
            WHEN declared_on >= start_date THEN days_between(start_date, least(end_date, declared_on)) + 1 ELSE 0
        END AS declared_days,
        CASE WHEN declared_on >= start_date THEN add_days(declared_on, 1) ELSE start_date END AS rest_from
    FROM gap
),

in_care AS (
    SELECT
        parted.client_id,
        parted.start_date,
        sum(overlap_days(stay.start_date, stay.last_day, parted.rest_from, parted.end_date)) AS days
    FROM parted
    JOIN stay
        ON parted.client_id = stay.client_id
        AND stay.start_date <= parted.end_date
        AND stay.last_day >= parted.rest_from
    WHERE parted.rest_from <= parted.end_date
    GROUP BY parted.client_id, parted.start_date
)

SELECT
    parted.client_id,
    parted.start_date,
    parted.end_date,
    days_between(parted.start_date, parted.end_date) + 1 AS days,
    parted.declared_days,
    CAST(coalesce(in_care.days, 0) AS BIGINT) AS unknown_days,
    days_between(parted.start_date, parted.end_date) + 1
    - parted.declared_days
    - CAST(coalesce(in_care.days, 0) AS BIGINT)
        AS carried_days
FROM parted
LEFT JOIN in_care ON parted.client_id = in_care.client_id AND parted.start_date = in_care.start_date

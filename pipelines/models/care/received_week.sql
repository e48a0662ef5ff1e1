-- A row: a client's attendance and check-in rows of a week at one site (`unknown` if none is recorded), and the first
-- of their days. A row counts for the client's site on its own day: a client who moves within a week brings no row of
-- the old site to the new one. A row after discharge counts for the last site, one of the week of admission for the
-- site of admission.
-- Made client by client.
WITH placed AS (
    SELECT
        client_day.client_id,
        client_day.day,
        client_day.meetings + client_day.check_rows AS rows_received,
        care_span.site
    FROM client_day
    JOIN care_span
        ON client_day.client_id = care_span.client_id AND client_day.day >= week_of(care_span.start_date)
    WHERE client_day.meetings + client_day.check_rows > 0
    -- Of several episodes the one that began last; between two, the one that ended last.
    QUALIFY row_number() OVER (
        PARTITION BY client_day.client_id, client_day.day
        ORDER BY
            care_span.start_date <= client_day.day DESC,
            least(care_span.last_day, client_day.day) DESC,
            care_span.start_date DESC,
            care_span.span
    ) = 1
)

SELECT
    client_id,
    coalesce(site, 'unknown') AS site,
    week_of(day) AS week,
    min(day) AS first_day,
    CAST(sum(rows_received) AS BIGINT) AS rows_received
FROM placed
GROUP BY client_id, coalesce(site, 'unknown'), week_of(day)

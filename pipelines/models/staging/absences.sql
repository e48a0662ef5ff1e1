-- A row: a planned absence of a client, or a closure of a site.
SELECT
    start_date,
    end_date,
    client_id,
    site,
    reason
FROM store.absences

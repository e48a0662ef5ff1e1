-- A row: one immediate crisis, as known on the as-of date.
SELECT
    client_id,
    opened_on,
    kind,
    resolved_on
FROM store.crises
WHERE opened_on <= (SELECT as_of FROM clock)

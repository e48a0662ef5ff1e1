-- A row: one behavioural contract, as known on the as-of date.
SELECT
    client_id,
    signed_on,
    ends_on,
    behaviour,
    meetings_per_week,
    accountability,
    broken_on
FROM store.contracts
WHERE signed_on <= (SELECT as_of FROM clock)

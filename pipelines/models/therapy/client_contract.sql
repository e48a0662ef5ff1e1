-- A row: a behavioural contract and its `state` on the as-of date: broken; ended, from the day after its last; else
-- kept. `over_on`: the day on which it was broken or ended, null while it is kept. `latest`: 1 for the contract that
-- the client signed last.
-- Made client by client.
SELECT
    contracts.client_id,
    contracts.behaviour,
    contracts.signed_on,
    contracts.ends_on,
    contracts.broken_on,
    contracts.accountability,
    contracts.meetings_per_week,
    CASE
        WHEN contracts.broken_on <= clock.as_of THEN 'broken'
        WHEN contracts.ends_on < clock.as_of THEN 'ended'
        ELSE 'kept'
    END AS state,
    CASE
        WHEN contracts.broken_on <= clock.as_of THEN contracts.broken_on
        WHEN contracts.ends_on < clock.as_of THEN contracts.ends_on
    END AS over_on,
    row_number() OVER (
        PARTITION BY contracts.client_id ORDER BY contracts.signed_on DESC, contracts.behaviour NULLS LAST
    ) AS latest
FROM contracts
CROSS JOIN clock

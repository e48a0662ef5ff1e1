-- A row: an entry of the outreach journal that was written by the as-of date. `spoke`: client and therapist spoke.
-- `next_written_on`: the day of the client's next entry, null for the last.
-- Made client by client.
SELECT
    outreach.entry_id,
    outreach.client_id,
    outreach.written_on,
    outreach.outcome,
    outreach.follow_up_on,
    outreach.remind,
    spoken_outcome.name IS NOT NULL AS spoke,
    lead(outreach.written_on) OVER (
        PARTITION BY outreach.client_id ORDER BY outreach.written_on, outreach.entry_id
    ) AS next_written_on
FROM outreach
CROSS JOIN clock
LEFT JOIN spoken_outcome ON outreach.outcome = spoken_outcome.name
WHERE outreach.written_on <= clock.as_of

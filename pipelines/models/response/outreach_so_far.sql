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
    outreach.outcome IN ('contacted', 'talked_in_session') AS spoke,
    lead(outreach.written_on) OVER (
        PARTITION BY outreach.client_id ORDER BY outreach.written_on, outreach.entry_id
    ) AS next_written_on
FROM outreach
CROSS JOIN clock
WHERE outreach.written_on <= clock.as_of

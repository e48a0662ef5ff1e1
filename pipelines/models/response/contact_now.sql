-- A row: a client with an entry in the journal by the as-of date: the last action, and the day on which client and
-- therapist last spoke. `follow_up_on`: the follow-up day set by the last entry.
-- Made client by client.
-- Published, ordered by client_id.
WITH spoken AS (
    SELECT client_id, max(written_on) AS last_spoke_on
    FROM outreach_so_far
    WHERE spoke
    GROUP BY client_id
)

SELECT
    latest.client_id,
    latest.written_on AS last_outreach_on,
    latest.outcome AS last_outcome,
    latest.follow_up_on,
    latest.remind,
    spoken.last_spoke_on
FROM outreach_so_far AS latest
LEFT JOIN spoken ON latest.client_id = spoken.client_id
WHERE latest.next_written_on IS NULL

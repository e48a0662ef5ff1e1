-- A row: a client about whom the journal holds something by the as-of date: what was done last, and on which day client
-- and therapist last spoke (`contacted` or `talked_in_session`). `follow_up_on`: the day that the last entry asks for.
-- Published, ordered by client_id.
WITH told AS (
    SELECT outreach.*
    FROM outreach
    CROSS JOIN clock
    WHERE outreach.written_on <= clock.as_of
),

latest AS (
    SELECT *
    FROM told
    QUALIFY row_number() OVER (PARTITION BY client_id ORDER BY written_on DESC, entry_id) = 1
),

spoke AS (
    SELECT client_id, max(written_on) AS last_spoke_on
    FROM told
    WHERE outcome IN ('contacted', 'talked_in_session')
    GROUP BY client_id
)

SELECT
    latest.client_id,
    latest.written_on AS last_outreach_on,
    latest.outcome AS last_outcome,
    latest.follow_up_on,
    latest.remind,
    spoke.last_spoke_on
FROM latest
LEFT JOIN spoke ON latest.client_id = spoke.client_id

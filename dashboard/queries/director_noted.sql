-- One row: whether anybody has noted anything in the outreach journal, and how many flags are still open: not acted on,
-- and the time to act is not over.
SELECT
    EXISTS (SELECT 1 FROM outreach) AS noted,
    (SELECT count(*) FROM flag_response WHERE still_open) AS still_open

-- One row: whether anybody has noted anything in the outreach journal.
SELECT EXISTS (SELECT 1 FROM outreach) AS noted

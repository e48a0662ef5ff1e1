-- A row: a decline flag, as the runs before published it, in a run that looks back (look_back.sql). The next run goes
-- on from it; nothing else reads it. Empty in any other run.
-- Made client by client.
-- Published, ordered by week, client_id.
SELECT flag_published.*
FROM flag_published
CROSS JOIN look_back
WHERE look_back.looks_back

-- A row: a complete week of a client, as the runs before published it, in a run that looks back (look_back.sql). The
-- next run goes on from it; nothing else reads it. Empty in any other run.
-- Made client by client.
-- Published, ordered by client_id, week.
SELECT week_published.*
FROM week_published
CROSS JOIN look_back
WHERE look_back.looks_back

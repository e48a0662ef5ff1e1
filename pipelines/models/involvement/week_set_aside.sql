-- A row: a complete week of a client, as earlier runs published it, in a run that looks back. See look_back.sql.
-- Made client by client.
-- Published, ordered by client_id, week.
SELECT week_published.*
FROM week_published
CROSS JOIN look_back
WHERE look_back.looks_back

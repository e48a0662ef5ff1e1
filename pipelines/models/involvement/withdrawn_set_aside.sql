-- A row: a flag that a corrected delivery withdrew, as earlier runs published it, in a run that looks back. See
-- look_back.sql.
-- Made client by client.
-- Published, ordered by week, client_id.
SELECT withdrawn_published.*
FROM withdrawn_published
CROSS JOIN look_back
WHERE look_back.looks_back

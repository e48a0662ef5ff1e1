-- A row: a topic that clients are explained in their first weeks, and when it was; null if no session is recorded.
SELECT title, explained_on
FROM client_topic
WHERE client_id = $client_id
ORDER BY place

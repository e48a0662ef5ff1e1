-- A row: a task of the client that is open or overdue, the one due first on top.
SELECT
    client_task.task,
    client_task.step,
    client_task.place,
    client_task.state,
    client_task.assigned_on,
    client_task.due_on
FROM client_task
WHERE client_task.client_id = $client_id AND client_task.state IN ('open', 'overdue')
ORDER BY client_task.due_on NULLS LAST, client_task.assigned_on, client_task.task

-- A row: one therapeutic task that a therapist assigned, as known on the as-of date.
SELECT
    client_id,
    task,
    assigned_on,
    due_on,
    completed_on,
    step,
    focus
FROM store.tasks
WHERE assigned_on <= (SELECT as_of FROM clock)

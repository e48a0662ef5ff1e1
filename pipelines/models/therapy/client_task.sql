-- A row: a task assigned by a therapist, its state, and its place relative to the client's current step.
-- `state`: done, done late, open, overdue, or set again: not completed, and the same task was assigned again later; the
-- later row has the current state. `place`: in step, ahead (a later step than the client's), behind (an earlier one),
-- or null if either step is unknown. `catalogue_task`: the name of the matching task of the catalogue, null if there is
-- none.
-- Made client by client.
-- Published, ordered by client_id, assigned_on, task.
WITH named AS (
    SELECT DISTINCT task FROM tasks
),

matched AS (
    SELECT named.task, min(task_catalogue.name) AS catalogue_task
    FROM named
    JOIN task_catalogue ON matches_pattern(lower(named.task), task_catalogue.matches)
    GROUP BY named.task
)

SELECT
    tasks.client_id,
    tasks.task,
    coalesce(tasks.step, task_catalogue.step) AS step,
    tasks.focus,
    tasks.assigned_on,
    tasks.due_on,
    CASE WHEN tasks.completed_on <= clock.as_of THEN tasks.completed_on END AS completed_on,
    CASE
        WHEN tasks.completed_on <= clock.as_of AND tasks.completed_on > tasks.due_on THEN 'done late'
        WHEN tasks.completed_on <= clock.as_of THEN 'done'
        WHEN lead(tasks.assigned_on) OVER (PARTITION BY tasks.client_id, tasks.task ORDER BY tasks.assigned_on)
            <= clock.as_of THEN 'set again'
        WHEN tasks.due_on < clock.as_of THEN 'overdue'
        ELSE 'open'
    END AS state,
    CASE
        WHEN coalesce(tasks.step, task_catalogue.step) > answer.step THEN 'ahead'
        WHEN coalesce(tasks.step, task_catalogue.step) < answer.step THEN 'behind'
        WHEN coalesce(tasks.step, task_catalogue.step) = answer.step THEN 'in step'
    END AS place,
    matched.catalogue_task
FROM tasks
CROSS JOIN clock
LEFT JOIN matched ON tasks.task = matched.task
LEFT JOIN task_catalogue ON matched.catalogue_task = task_catalogue.name
LEFT JOIN latest_answer AS answer ON tasks.client_id = answer.client_id

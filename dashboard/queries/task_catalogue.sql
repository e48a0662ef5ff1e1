-- A row: a task of the catalogue.
SELECT name, step, title, purpose, prompts
FROM task_catalogue
ORDER BY step, name

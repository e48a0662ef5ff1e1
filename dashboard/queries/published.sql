-- One row: whose data these are, the day they go to, and when they were published.
SELECT
    clinic.name AS clinic,
    clinic.date_basis,
    last_run.as_of,
    last_run.finished AS published,
    (SELECT coalesce(sum(rejected), 0)::BIGINT FROM files WHERE run_id = last_run.run_id) AS rows_rejected,
    (SELECT count(*) FROM files WHERE run_id = last_run.run_id AND status = 'refused') AS files_refused
FROM (SELECT * FROM runs ORDER BY run_id DESC LIMIT 1) AS last_run
CROSS JOIN clinic

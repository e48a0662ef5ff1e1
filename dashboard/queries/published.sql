-- One row: whose data these are, the day they go to, when they were published, the exports that brought rows, and those
-- that came with a header and no row, so that nothing is recorded of their subject. For the last run: rejected rows,
-- except those rejected only for a day after the as-of date, which are counted separately.
SELECT
    clinic.name AS clinic,
    clinic.date_basis,
    last_run.as_of,
    last_run.finished AS published,
    (SELECT coalesce(sum(rejected), 0)::BIGINT FROM files WHERE run_id = last_run.run_id) - later.rows AS rows_rejected,
    later.rows AS rows_later,
    (SELECT count(*) FROM files WHERE run_id = last_run.run_id AND status = 'refused') AS files_refused,
    (SELECT list(DISTINCT export ORDER BY export) FROM files WHERE accepted + known > 0) AS came_in,
    (
        SELECT list(export ORDER BY export)
        FROM (SELECT export FROM files WHERE status = 'read' GROUP BY export HAVING sum(rows_read) = 0) AS without_a_row
    ) AS came_empty
FROM (SELECT * FROM runs ORDER BY run_id DESC LIMIT 1) AS last_run
CROSS JOIN clinic
CROSS JOIN LATERAL (
    SELECT count(*) AS rows
    FROM rejected_rows
    WHERE run_id = last_run.run_id
        AND regexp_full_match(reason, '([a-z_]+ "[^"]*" is after the as-of date [0-9-]+(; )?)+')
) AS later

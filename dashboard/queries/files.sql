-- A row: a file that the last run read or refused; rows_read = accepted + known + rejected.
SELECT file, export, rows_read, accepted, known, rejected, status, note
FROM files
WHERE run_id = (SELECT max(run_id) FROM runs)
ORDER BY status = 'refused' DESC, rejected > 0 DESC, file

-- A row: a row that was not taken, its file and line, and what is wrong with it; with how many there are in all.
SELECT file, export, line, column_name, reason, count(*) OVER () AS rejected_in_all
FROM rejected_rows
WHERE $export IS NULL OR export = $export
ORDER BY file, line, column_name
LIMIT $limit

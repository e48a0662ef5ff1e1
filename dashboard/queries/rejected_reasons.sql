-- A row: a reason why rows of an export were rejected, and how many were; the most frequent first.
SELECT export, column_name, reason, count(*) AS rejected, count(DISTINCT file) AS files
FROM rejected_rows
WHERE $export IS NULL OR export = $export
GROUP BY export, column_name, reason
ORDER BY rejected DESC, export, reason
LIMIT $limit

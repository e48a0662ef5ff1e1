-- A row: a column of an export and the share of the export's rows that fill it, the least filled first.
SELECT export, column_name, rows_stored, filled
FROM column_filled
ORDER BY export, filled / rows_stored, column_name

-- A row: the value that a clinic wants a measure to reach (a share between 0 and 1). Empty unless a run puts a
-- clinic's own in the place of this table.
SELECT NULL::VARCHAR AS measure, NULL::DOUBLE AS value
WHERE false

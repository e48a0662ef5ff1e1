-- A row: an export of which rows have come in.
SELECT DISTINCT export FROM files WHERE accepted + known > 0

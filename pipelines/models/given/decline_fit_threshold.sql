-- A row: the scores that raise a flag at a rate of false alerts a client-year, measured on the clinic's own weeks in
-- shuffled order; none where it has too few, and then the defaults serve. A run puts its fit in the place of this empty
-- table (pipelines/fit).
SELECT NULL::DOUBLE AS false_alerts_per_year, NULL::DOUBLE AS attendance, NULL::DOUBLE AS involvement
WHERE false

-- A row: a site in a complete week for which its exports have no data, though it has clients in care
-- (coverage_week.sql).
SELECT site, week FROM coverage_week WHERE NOT reported

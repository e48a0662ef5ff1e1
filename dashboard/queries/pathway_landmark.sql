-- A row: of all admissions in care on day 30 that had said whether they have a sponsor, those with one and those
-- without, and how many of them were retained to day 90 (see `sponsor_landmark`).
SELECT has_sponsor, clients::INTEGER AS clients, retained::INTEGER AS retained
FROM sponsor_landmark
WHERE admission_quarter = 'all'

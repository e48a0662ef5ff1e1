-- A row: a step of the pathway of an admission quarter, newest quarter first after all of them together (see
-- `pathway`).
SELECT
    admission_quarter,
    stage,
    came::INTEGER AS came,
    clients::INTEGER AS clients,
    median_days,
    retained::INTEGER AS retained,
    left_care::INTEGER AS left_care,
    not_known::INTEGER AS not_known,
    still_in_care::INTEGER AS still_in_care,
    too_soon::INTEGER AS too_soon
FROM pathway
ORDER BY admission_quarter <> 'all', admission_quarter DESC, place

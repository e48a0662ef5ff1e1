-- One row: the day that a clinic's data go to, when they were published, whether its dates are real, its first and last
-- complete month, and what it set for its flags.
SELECT
    last_run.as_of,
    last_run.finished AS published,
    clinic.date_basis,
    month.first_month,
    month.last_month,
    setting.false_alerts_per_year,
    setting.caseload_share
FROM (SELECT as_of, finished FROM runs ORDER BY run_id DESC LIMIT 1) AS last_run
CROSS JOIN clinic
CROSS JOIN (
    SELECT min(period) AS first_month, max(period) AS last_month
    FROM caseload_window
    WHERE kind = 'month' AND measure = 'census'
) AS month
LEFT JOIN (
    SELECT false_alerts_per_year, caseload_share FROM decline_setting ORDER BY quarter DESC LIMIT 1
) AS setting ON true

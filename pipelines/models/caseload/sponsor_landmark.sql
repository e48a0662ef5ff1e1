-- A row: the admissions of a quarter (`all`: of all quarters) that were in care on day 30 and had answered by then
-- whether they have a sponsor, with or without one (`has_sponsor`): how many (`clients`), and how many of them were
-- retained to day 90. A landmark analysis (Anderson, Cain and Gelber, J Clin Oncol 1983): both groups are followed from
-- day 30 on. Counted from admission, a client who found a sponsor on day 60 had to be there on day 60, and that alone
-- would make those with a sponsor look as if they stayed longer. An association: clients with a sponsor by day 30
-- differ in other ways too. Clients who died or were incarcerated, or whose retention is not known yet, are left out.
-- Published, ordered by admission_quarter, has_sponsor.
WITH known AS (
    SELECT admission_quarter, sponsor_30 AS has_sponsor, retained_90 AS stayed
    FROM admission
    WHERE
        sponsor_30 IS NOT NULL
        AND retained_90 IS NOT NULL
        AND days_between(start_date, last_day) >= rule('first_month_days')
),

member AS (
    SELECT 'all' AS admission_quarter, has_sponsor, stayed FROM known
    UNION ALL
    SELECT admission_quarter, has_sponsor, stayed FROM known
)

SELECT admission_quarter, has_sponsor, count(*) AS clients, count(*) FILTER (WHERE stayed) AS retained
FROM member
GROUP BY admission_quarter, has_sponsor

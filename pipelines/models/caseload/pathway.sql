-- A row: a step of the way into recovery (`stage`, in the order of `place`) and the admissions of a quarter (`all`: of
-- all quarters), only those whose first 90 days are over: admitted, then a first meeting, then a sponsor, then still in
-- care on day 90 (see `admission`), each within the 90 days, and each only for those who took the step before.
-- `came`: how many came to the step before; `clients`: how many took this one; `median_days`: from admission to it.
-- `retained`: of those who took this step, how many were in care on day 90, whatever came between.
-- `too_soon`: the quarter's admissions whose first 90 days are not over.
-- The others, by what is known: `left_care` before day 90, `not_known` (no check-in answers, or the stay ended by death
-- or incarceration), and `still_in_care` without this step.
-- Published, ordered by admission_quarter, place.
WITH followed AS (
    SELECT
        *,
        days_between(start_date, as_of) >= rule('first_quarter_days') AS mature,
        days_between(start_date, last_day) >= rule('first_quarter_days') AS stayed,
        coalesce(days_between(start_date, first_meeting_on) <= rule('first_quarter_days'), false) AS met,
        coalesce(days_between(start_date, sponsor_on) <= rule('first_quarter_days'), false) AS has_sponsor
    FROM admission
),

step AS (
    SELECT *, 0 AS place, 'admitted' AS stage, true AS came, true AS took, true AS known, 0 AS days
    FROM followed
    UNION ALL
    SELECT *, 1, 'first_meeting', true, met, true, days_between(start_date, first_meeting_on)
    FROM followed
    UNION ALL
    SELECT *, 2, 'sponsor', met, met AND has_sponsor, sponsor_90 IS NOT NULL, days_between(start_date, sponsor_on)
    FROM followed
    UNION ALL
    SELECT
        *,
        3,
        'retained',
        met AND has_sponsor,
        met AND has_sponsor AND coalesce(retained_90, false),
        retained_90 IS NOT NULL,
        NULL
    FROM followed
),

grouped AS (
    SELECT 'all' AS member, * FROM step
    UNION ALL
    SELECT admission_quarter, * FROM step
)

SELECT
    member AS admission_quarter,
    place,
    stage,
    count(*) FILTER (WHERE mature AND came) AS came,
    count(*) FILTER (WHERE mature AND took) AS clients,
    median(days) FILTER (WHERE mature AND took) AS median_days,
    count(*) FILTER (WHERE mature AND took AND retained_90) AS retained,
    count(*) FILTER (WHERE mature AND came AND NOT took AND known AND NOT stayed) AS left_care,
    count(*) FILTER (WHERE mature AND came AND NOT took AND NOT known) AS not_known,
    count(*) FILTER (WHERE mature AND came AND NOT took AND known AND stayed) AS still_in_care,
    count(*) FILTER (WHERE NOT mature) AS too_soon
FROM grouped
GROUP BY member, place, stage
HAVING count(*) FILTER (WHERE mature) > 0

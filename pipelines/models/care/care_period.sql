-- A row: a stay in one week (`kind` week, Monday to Sunday) or calendar month (`kind` month): its days in care so far,
-- and the therapist, site, program and level of care on the last of them. If several episodes overlap, the one that
-- began last counts; between two joined episodes, the one that ended last.
-- Made client by client.
WITH listed AS (
    SELECT 'week' AS kind, client_id, stay, start_date, last_day, weeks_from_to(start_date, last_day) AS periods
    FROM stay
    UNION ALL
    SELECT 'month', client_id, stay, start_date, last_day, months_from_to(start_date, last_day)
    FROM stay
),

periods AS (
    SELECT
        listed.kind,
        listed.client_id,
        listed.stay,
        listed.start_date,
        listed.last_day,
        p.period,
        CASE listed.kind WHEN 'week' THEN add_days(p.period, 6) ELSE month_end(p.period) END AS period_end
    FROM listed
    CROSS JOIN LATERAL unnest(listed.periods) AS p(period)
),

in_care AS (
    SELECT *, greatest(start_date, period) AS from_day, least(last_day, period_end) AS to_day FROM periods
),

-- A client's spans that began on the same day are numbered in the order of their programs.
chosen AS (
    SELECT in_care.*, care_span.span
    FROM in_care
    JOIN care_span
        ON in_care.client_id = care_span.client_id
        AND in_care.to_day >= care_span.start_date
    QUALIFY row_number() OVER (
        PARTITION BY in_care.kind, in_care.client_id, in_care.stay, in_care.period
        ORDER BY least(care_span.last_day, in_care.to_day) DESC, care_span.start_date DESC, care_span.span
    ) = 1
)

SELECT
    chosen.kind,
    chosen.period,
    chosen.period_end,
    chosen.period_end <= (SELECT as_of FROM clock) AS complete,
    chosen.client_id,
    chosen.stay,
    chosen.from_day,
    chosen.to_day,
    days_between(chosen.from_day, chosen.to_day) + 1 AS in_care_days,
    care_span.span,
    care_span.therapist_id,
    care_span.site,
    care_span.program,
    care_span.level_of_care,
    care_span.level_rank,
    care_span.primary_addiction,
    care_span.meetings_per_week
FROM chosen
JOIN care_span ON chosen.client_id = care_span.client_id AND chosen.span = care_span.span

-- A row: a measure of a group of clients in the months of a window that ends with a complete month, for reports.
-- Published, ordered by kind, measure, breakdown, member, period.
-- `kind`: month; quarter (a calendar quarter); year (the 12 months to date). `period`: the first day of the window's last
-- month; `from_period`: of its first. Windows begin no earlier than the figures do.
-- Where a measure counts what happened, a window's numerator and denominator are the sums of its months'. Where it counts
-- clients on a month's last day, so that a sum would count them again and again, there is the month only, but for
-- sobriety: there each client counts once, as on the last of the window's month ends on which the client was in care.
-- `served`: clients in care on any day of the window, each once, in the group of the last month in care.
-- Groups: all clients, and each site, program and level of care (`unknown` where blank).
WITH length AS (
    SELECT kind, months FROM (VALUES ('month', 1), ('quarter', 3), ('year', 12)) AS length(kind, months)
),

month AS (
    SELECT
        period,
        row_number() OVER (ORDER BY period) AS place
    FROM caseload_month
    GROUP BY period
),

windows AS (
    SELECT length.kind, last.period, first.period AS from_period
    FROM length
    JOIN month AS last ON length.kind <> 'quarter' OR month(last.period) IN (3, 6, 9, 12)
    JOIN month AS first ON last.place - first.place = length.months - 1
),

summed AS (
    SELECT
        windows.kind,
        windows.period,
        windows.from_period,
        figure.breakdown,
        figure.member,
        figure.measure,
        sum(figure.numerator) AS numerator,
        sum(figure.denominator) AS denominator
    FROM windows
    JOIN caseload_month AS figure ON figure.period BETWEEN windows.from_period AND windows.period
    JOIN measures ON figure.measure = measures.name
    WHERE figure.breakdown IN ('all', 'site', 'program', 'level_of_care')
        AND (windows.kind = 'month' OR measures.made_in <> 'caseload_status')
    GROUP BY
        windows.kind, windows.period, windows.from_period, figure.breakdown, figure.member, figure.measure
    -- A measure that begins within the window has no figure for the whole of it.
    HAVING windows.kind = 'month' OR min(figure.period) = windows.from_period OR figure.breakdown <> 'all'
),

present AS (
    SELECT
        windows.kind,
        windows.period,
        windows.from_period,
        client.client_id,
        client.site,
        client.program,
        client.level_of_care,
        client.in_care_at_end,
        sobriety.status,
        row_number() OVER (
            PARTITION BY windows.kind, windows.period, client.client_id ORDER BY client.period DESC
        ) AS back,
        row_number() OVER (
            PARTITION BY windows.kind, windows.period, client.client_id
            ORDER BY client.in_care_at_end DESC, client.period DESC
        ) AS end_back
    FROM windows
    JOIN caseload_client AS client
        ON client.kind = 'month' AND client.period BETWEEN windows.from_period AND windows.period
    LEFT JOIN sobriety_at_end AS sobriety
        ON client.kind = sobriety.kind AND client.period = sobriety.period AND client.client_id = sobriety.client_id
),

persons AS (
    SELECT
        present.kind,
        present.period,
        present.from_period,
        b.breakdown,
        b.member,
        count(*) FILTER (WHERE present.back = 1) AS served,
        count(*) FILTER (WHERE present.end_back = 1 AND present.in_care_at_end) AS at_end,
        count(*) FILTER (WHERE present.end_back = 1 AND present.status IS NOT NULL) AS known,
        count(*) FILTER (WHERE present.end_back = 1 AND present.status = 'sober') AS sober,
        count(*) FILTER (WHERE present.end_back = 1 AND present.status = 'recent_use') AS used
    FROM present
    CROSS JOIN LATERAL (
        VALUES
        ('all', 'all'),
        ('site', coalesce(present.site, 'unknown')),
        ('program', coalesce(present.program, 'unknown')),
        ('level_of_care', coalesce(present.level_of_care, 'unknown'))
    ) AS b(breakdown, member)
    GROUP BY present.kind, present.period, present.from_period, b.breakdown, b.member
),

counted AS (
    SELECT
        persons.kind,
        persons.period,
        persons.from_period,
        persons.breakdown,
        persons.member,
        m.measure,
        CAST(m.numerator AS DOUBLE) AS numerator,
        CAST(m.denominator AS DOUBLE) AS denominator
    FROM persons
    CROSS JOIN LATERAL (
        VALUES
        ('served', persons.served, NULL),
        ('sober', persons.sober, persons.known),
        ('sober_at_least', persons.sober, persons.at_end),
        ('sober_at_most', persons.at_end - persons.used, persons.at_end),
        ('sobriety_known', persons.known, persons.at_end)
    ) AS m(measure, numerator, denominator)
    WHERE m.measure = 'served' OR persons.kind <> 'month'
)

SELECT
    kind,
    period,
    from_period,
    breakdown,
    member,
    measure,
    numerator,
    denominator,
    CASE WHEN denominator IS NULL THEN numerator ELSE ratio(numerator, denominator) END AS value
FROM (
    SELECT kind, period, from_period, breakdown, member, measure, numerator, denominator FROM summed
    UNION ALL
    SELECT kind, period, from_period, breakdown, member, measure, numerator, denominator FROM counted
) AS figure

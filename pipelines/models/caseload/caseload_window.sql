-- A row: a measure of a group of clients in the months of a window that ends with a complete month, for reports.
-- Published, ordered by kind, measure, breakdown, member, period.
-- `kind`: month; quarter (a calendar quarter); year (the 12 months to date). `period`: the first day of the window's
-- last month; `from_period`: of its first. Windows begin no earlier than the figures do. If a measure counts what
-- happened, a window's numerator and denominator are the sums of its months'. If it counts clients on a month's last
-- day, a sum would count them several times, so only the month is given. Sobriety is the exception: each client counts
-- once, by the last month end of the window on which the client was in care. Each client also counts once in the share
-- with any meeting. `summed`: whether the numbers are sums of the months'.
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
        round(sum(figure.numerator), 9) AS numerator,
        round(sum(figure.denominator), 9) AS denominator
    FROM windows
    JOIN caseload_month AS figure ON figure.period BETWEEN windows.from_period AND windows.period
    JOIN measures ON figure.measure = measures.name
    WHERE figure.breakdown IN ('all', 'site', 'program', 'level_of_care')
        AND (windows.kind = 'month' OR measures.made_in <> 'caseload_status' AND figure.measure <> 'any_meeting')
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
        client.span,
        client.in_care_at_end,
        sobriety.status,
        max(CASE WHEN client.attendance_days > 0 THEN 1 ELSE 0 END) OVER in_window AS exposed,
        max(CASE WHEN client.attendance_days > 0 AND client.attended_meetings > 0 THEN 1 ELSE 0 END) OVER in_window
        AS with_meeting,
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
    WINDOW in_window AS (PARTITION BY windows.kind, windows.period, client.client_id)
),

persons AS (
    SELECT
        present.kind,
        present.period,
        present.from_period,
        b.breakdown,
        b.member,
        count(*) FILTER (WHERE present.back = 1) AS served,
        count(*) FILTER (WHERE present.back = 1 AND present.exposed = 1) AS exposed,
        count(*) FILTER (WHERE present.back = 1 AND present.with_meeting = 1) AS with_meeting,
        count(*) FILTER (WHERE present.end_back = 1 AND present.in_care_at_end) AS at_end,
        count(*) FILTER (WHERE present.end_back = 1 AND present.status IS NOT NULL) AS known,
        count(*) FILTER (WHERE present.end_back = 1 AND present.status = 'sober') AS sober,
        count(*) FILTER (WHERE present.end_back = 1 AND present.status = 'recent_use') AS used
    FROM present
    JOIN client_group AS b ON present.client_id = b.client_id AND present.span = b.span
    WHERE b.breakdown IN ('all', 'site', 'program', 'level_of_care')
    GROUP BY present.kind, present.period, present.from_period, b.breakdown, b.member
),

counted AS (
    SELECT
        persons.kind,
        persons.period,
        persons.from_period,
        persons.breakdown,
        persons.member,
        measures.name AS measure,
        CAST(
            CASE measures.name
                WHEN 'served' THEN persons.served
                WHEN 'any_meeting' THEN persons.with_meeting
                WHEN 'sober' THEN persons.sober
                WHEN 'sober_at_least' THEN persons.sober
                WHEN 'sober_at_most' THEN persons.at_end - persons.used
                WHEN 'sobriety_known' THEN persons.known
            END AS DOUBLE
        ) AS numerator,
        CAST(
            CASE measures.name
                WHEN 'any_meeting' THEN persons.exposed
                WHEN 'sober' THEN persons.known
                WHEN 'sober_at_least' THEN persons.at_end
                WHEN 'sober_at_most' THEN persons.at_end
                WHEN 'sobriety_known' THEN persons.at_end
            END AS DOUBLE
        ) AS denominator
    FROM persons
    JOIN measures
        ON measures.name = 'served'
        OR (
            persons.kind <> 'month'
            AND measures.name IN ('any_meeting', 'sober', 'sober_at_least', 'sober_at_most', 'sobriety_known')
        )
)

SELECT
    figure.kind,
    figure.period,
    figure.from_period,
    figure.breakdown,
    figure.member,
    figure.measure,
    figure.numerator,
    figure.denominator,
    CASE
        WHEN figure.denominator IS NULL THEN figure.numerator ELSE ratio(figure.numerator, figure.denominator)
    END AS value,
    measures.made_in NOT IN ('caseload_status', 'caseload_window') AND figure.measure <> 'any_meeting' AS summed
FROM (
    SELECT kind, period, from_period, breakdown, member, measure, numerator, denominator FROM summed
    UNION ALL
    SELECT kind, period, from_period, breakdown, member, measure, numerator, denominator FROM counted
) AS figure
JOIN measures ON figure.measure = measures.name

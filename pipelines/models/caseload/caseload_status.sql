-- A row: a measure of a group's state on the last day of a complete week or month, as numerator and denominator (titles
-- in measures.toml): census, flags, crises, sobriety, meetings of the last days (rule `form_days`).
-- `to_call` counts the clients to call first on a caseload page: a flag in force, an open crisis, or recent use
-- (rule `recent_use_days`).
-- The outreach journal's measures are null until its first entry, because nothing was recorded before it. The share
-- flagged begins with `flags_from`.
WITH flag AS (
    SELECT
        decline_flags.client_id,
        add_days(decline_flags.week, 6) AS raised,
        add_days(decline_flags.cleared_week, 6) AS cleared,
        flag_response.acted_on,
        stay.stay
    FROM decline_flags
    JOIN stay
        ON decline_flags.client_id = stay.client_id
        AND decline_flags.week BETWEEN week_of(stay.start_date) AND stay.last_day
    LEFT JOIN flag_response
        ON decline_flags.client_id = flag_response.client_id AND decline_flags.week = flag_response.week
),

at_end AS (
    SELECT * FROM caseload_client WHERE in_care_at_end
),

standing AS (
    SELECT
        at_end.kind,
        at_end.period,
        at_end.client_id,
        bool_or(flag.acted_on IS NULL OR flag.acted_on > at_end.period_end) AS waiting
    FROM at_end
    JOIN flag
        ON at_end.client_id = flag.client_id
        AND at_end.stay = flag.stay
        AND flag.raised <= at_end.period_end
        AND (flag.cleared IS NULL OR flag.cleared > at_end.period_end)
    GROUP BY at_end.kind, at_end.period, at_end.client_id
),

crisis AS (
    SELECT DISTINCT at_end.kind, at_end.period, at_end.client_id
    FROM at_end
    JOIN crises
        ON at_end.client_id = crises.client_id
        AND crises.opened_on <= at_end.period_end
        AND (crises.resolved_on IS NULL OR crises.resolved_on > at_end.period_end)
),

overdue AS (
    SELECT DISTINCT at_end.kind, at_end.period, at_end.client_id
    FROM at_end
    JOIN outreach_so_far AS entry
        ON at_end.client_id = entry.client_id
        AND entry.written_on <= at_end.period_end
        AND (entry.next_written_on IS NULL OR entry.next_written_on > at_end.period_end)
        AND entry.follow_up_on <= at_end.period_end
),

-- Meetings of the last days (rule `form_days`) at a month's end, for clients in care on all of those days, at a site
-- that reported throughout: for the others it is unknown. `times` counts meetings, as TEDS does, `days` days with one,
-- as the BAM does.
meeting_day AS (
    SELECT client_id, day, meetings, month_end(day) AS period_end FROM client_day WHERE meetings > 0
    UNION ALL
    SELECT client_id, day, meetings, month_end(add_days(month_end(day), 1)) FROM client_day WHERE meetings > 0
),

met AS (
    SELECT client_id, period_end, sum(meetings) AS times, count(*) AS days
    FROM meeting_day
    WHERE days_between(day, period_end) < rule('form_days')
    GROUP BY client_id, period_end
),

missing_week AS (
    SELECT site, week, month_of(week) AS period FROM attendance_gap
    UNION ALL
    SELECT site, week, month_of(add_days(week, 6)) FROM attendance_gap
    UNION ALL
    SELECT site, week, month_of(add_days(month_end(week), 1)) FROM attendance_gap
),

unreported AS (
    SELECT DISTINCT site, period
    FROM missing_week
    WHERE week <= month_end(period) AND days_between(add_days(week, 6), month_end(period)) < rule('form_days')
),

thirty AS (
    SELECT
        at_end.kind,
        at_end.period,
        at_end.client_id,
        coalesce(met.times, 0) AS times,
        coalesce(met.days, 0) AS days
    FROM at_end
    LEFT JOIN met ON at_end.client_id = met.client_id AND at_end.period_end = met.period_end
    LEFT JOIN unreported
        ON coalesce(at_end.site, 'unknown') = unreported.site AND at_end.period = unreported.period
    WHERE
        at_end.kind = 'month'
        AND days_between(at_end.admitted_on, at_end.period_end) >= rule('form_days') - 1
        AND unreported.site IS NULL
),

journal AS (
    SELECT min(written_on) AS began FROM outreach_so_far
),

marked AS (
    SELECT
        client.client_id,
        client.span,
        client.kind,
        client.period,
        client.period_end,
        client.in_care_at_end,
        client.opening,
        client.closing,
        standing.client_id IS NOT NULL AS flagged,
        standing.waiting,
        crisis.client_id IS NOT NULL AS in_crisis,
        overdue.client_id IS NOT NULL AS overdue,
        sobriety.status,
        thirty.times,
        thirty.days
    FROM caseload_client AS client
    LEFT JOIN standing
        ON client.client_id = standing.client_id AND client.kind = standing.kind AND client.period = standing.period
    LEFT JOIN crisis
        ON client.client_id = crisis.client_id AND client.kind = crisis.kind AND client.period = crisis.period
    LEFT JOIN overdue
        ON client.client_id = overdue.client_id AND client.kind = overdue.kind AND client.period = overdue.period
    LEFT JOIN sobriety_at_end AS sobriety
        ON client.client_id = sobriety.client_id AND client.kind = sobriety.kind AND client.period = sobriety.period
    LEFT JOIN thirty
        ON client.client_id = thirty.client_id AND client.kind = thirty.kind AND client.period = thirty.period
),

grouped AS (
    SELECT
        marked.kind,
        marked.period,
        marked.period_end,
        b.breakdown,
        b.member,
        count(*) FILTER (WHERE marked.in_care_at_end) AS at_end,
        count(*) FILTER (WHERE marked.opening) AS opening,
        count(*) FILTER (WHERE marked.closing) AS closing,
        count(*) FILTER (WHERE marked.flagged) AS flagged,
        count(*) FILTER (WHERE marked.in_crisis) AS in_crisis,
        count(*) FILTER (WHERE marked.flagged OR marked.in_crisis OR marked.status = 'recent_use') AS to_call,
        CASE
            WHEN max(marked.period_end) >= max(journal.began) THEN count(*) FILTER (WHERE marked.waiting)
        END AS waiting,
        CASE
            WHEN max(marked.period_end) >= max(journal.began) THEN count(*) FILTER (WHERE marked.overdue)
        END AS overdue,
        count(*) FILTER (WHERE marked.status = 'sober') AS sober,
        count(marked.status) AS known,
        count(*) FILTER (WHERE marked.status = 'recent_use') AS used,
        CASE WHEN marked.kind = 'month' THEN count(marked.times) END AS thirty,
        count(*) FILTER (WHERE marked.times = 0) AS none,
        count(*) FILTER (WHERE marked.times BETWEEN 1 AND 3) AS times_1_3,
        count(*) FILTER (WHERE marked.times BETWEEN 4 AND 7) AS times_4_7,
        count(*) FILTER (WHERE marked.times >= 8) AS times_8_30,
        count(*) FILTER (WHERE marked.days BETWEEN 1 AND 3) AS days_1_3,
        count(*) FILTER (WHERE marked.days BETWEEN 4 AND 8) AS days_4_8,
        count(*) FILTER (WHERE marked.days BETWEEN 9 AND 15) AS days_9_15,
        count(*) FILTER (WHERE marked.days >= 16) AS days_16_30
    FROM marked
    CROSS JOIN journal
    JOIN client_group AS b ON marked.client_id = b.client_id AND marked.span = b.span
    GROUP BY marked.kind, marked.period, marked.period_end, b.breakdown, b.member
)

SELECT
    grouped.kind,
    grouped.period,
    grouped.breakdown,
    grouped.member,
    measures.name AS measure,
    CAST(
        CASE measures.name
            WHEN 'census' THEN grouped.at_end
            WHEN 'census_opening' THEN grouped.opening
            WHEN 'census_closing' THEN grouped.closing
            WHEN 'flagged' THEN grouped.flagged
            WHEN 'to_call' THEN grouped.to_call
            WHEN 'flags_waiting' THEN grouped.waiting
            WHEN 'follow_ups_overdue' THEN grouped.overdue
            WHEN 'open_crises' THEN grouped.in_crisis
            WHEN 'sober' THEN grouped.sober
            WHEN 'sober_at_least' THEN grouped.sober
            WHEN 'sober_at_most' THEN grouped.at_end - grouped.used
            WHEN 'sobriety_known' THEN grouped.known
            WHEN 'meetings_30_none' THEN grouped.none
            WHEN 'meetings_30_times_1_3' THEN grouped.times_1_3
            WHEN 'meetings_30_times_4_7' THEN grouped.times_4_7
            WHEN 'meetings_30_times_8_30' THEN grouped.times_8_30
            WHEN 'meetings_30_days_1_3' THEN grouped.days_1_3
            WHEN 'meetings_30_days_4_8' THEN grouped.days_4_8
            WHEN 'meetings_30_days_9_15' THEN grouped.days_9_15
            WHEN 'meetings_30_days_16_30' THEN grouped.days_16_30
        END AS DOUBLE
    ) AS numerator,
    CAST(
        CASE
            WHEN measures.name LIKE 'meetings_30_%' THEN grouped.thirty
            WHEN measures.name = 'sober' THEN grouped.known
            WHEN measures.name IN ('flagged', 'sober_at_least', 'sober_at_most', 'sobriety_known') THEN grouped.at_end
        END AS DOUBLE
    ) AS denominator
FROM grouped
JOIN measures ON measures.made_in = 'caseload_status'
CROSS JOIN flags_from
WHERE (grouped.kind = 'month' OR measures.name NOT LIKE 'meetings_30_%')
    AND (measures.name <> 'flagged' OR grouped.period_end >= flags_from.day)

-- A row: a client in care on the as-of date, and the client's sobriety as far as it is known.
-- `sober_days`: from `sober_since` to `confirmed_through` (see `sober_since`), so only up to the last confirmed day; 0
-- if that day is the earlier one, null with no known abstinent day. Check-ins and tests confirm
-- `sober_confirmed_days` of them; the others are declared, unknown or carried over (see `sober_gap`). The four add up.
-- `longest_sober_days`: days of the longest spell (the latest of several; see `sobriety_spells`), null with no known
-- abstinent day. `longest_sober_confirmed_days`: how many of them are confirmed.
-- `pda_N`: percent days abstinent, 100 x abstinent / (abstinent + use), over the last N days, in care only. The bounds
-- count every unknown day as use, and as abstinent. `known_90`: the share of the last 90 days that is known.
-- Definition: docs/measures.md. The status words are not a diagnosis.
-- Made client by client.
WITH longest AS (
    SELECT client_id, days, confirmed_days, start_date
    FROM sobriety_spells
    QUALIFY row_number() OVER (PARTITION BY client_id ORDER BY days DESC, start_date DESC) = 1
),

unconfirmed AS (
    SELECT
        client_id,
        CAST(sum(days) AS BIGINT) AS days,
        CAST(sum(declared_days) AS BIGINT) AS declared_days,
        CAST(sum(unknown_days) AS BIGINT) AS unknown_days,
        CAST(sum(carried_days) AS BIGINT) AS carried_days
    FROM sober_gap
    GROUP BY client_id
),

care_window AS (
    SELECT
        stay.client_id,
        n.length,
        greatest(stay.start_date, add_days(clock.as_of, 1 - n.length)) AS from_day,
        stay.last_day AS to_day
    FROM stay
    CROSS JOIN clock
    CROSS JOIN (VALUES (30), (90)) AS n(length)
    WHERE stay.start_date <= clock.as_of AND stay.last_day >= add_days(clock.as_of, 1 - n.length)
),

days_in_care AS (
    SELECT client_id, length, sum(days_between(from_day, to_day) + 1) AS days
    FROM care_window
    GROUP BY client_id, length
),

abstinent_days AS (
    SELECT
        care_window.client_id,
        care_window.length,
        sum(
            overlap_days(
                abstinent_span.start_date, abstinent_span.end_date, care_window.from_day, care_window.to_day
            )
        ) AS days
    FROM care_window
    JOIN abstinent_span
        ON care_window.client_id = abstinent_span.client_id
        AND abstinent_span.start_date <= care_window.to_day
        AND abstinent_span.end_date >= care_window.from_day
    GROUP BY care_window.client_id, care_window.length
),

use_days AS (
    SELECT care_window.client_id, care_window.length, count(*) AS days
    FROM care_window
    JOIN use_day
        ON care_window.client_id = use_day.client_id
        AND use_day.day BETWEEN care_window.from_day AND care_window.to_day
    GROUP BY care_window.client_id, care_window.length
),

shares AS (
    SELECT
        days_in_care.client_id,
        days_in_care.length,
        100 * ratio(coalesce(a.days, 0), coalesce(a.days, 0) + coalesce(u.days, 0)) AS pda,
        100 * ratio(coalesce(a.days, 0), days_in_care.days) AS pda_low,
        100 * ratio(days_in_care.days - coalesce(u.days, 0), days_in_care.days) AS pda_high,
        ratio(coalesce(a.days, 0) + coalesce(u.days, 0), days_in_care.days) AS known
    FROM days_in_care
    LEFT JOIN abstinent_days AS a ON days_in_care.client_id = a.client_id AND days_in_care.length = a.length
    LEFT JOIN use_days AS u ON days_in_care.client_id = u.client_id AND days_in_care.length = u.length
),

dated AS (
    SELECT
        sober_since.*,
        clock.as_of,
        CASE
            WHEN days_between(sober_since.last_use_day, clock.as_of) < rule('recent_use_days') THEN 'recent_use'
            WHEN days_between(sober_since.confirmed_through, clock.as_of) <= rule('sobriety_known_days') THEN 'sober'
            ELSE 'unknown'
        END AS sobriety_status
    FROM sober_since
    CROSS JOIN clock
),

counted AS (
    SELECT *, greatest(days_between(sober_since, confirmed_through) + 1, 0) AS sober_days
    FROM dated
    WHERE confirmed_through IS NOT NULL
)

SELECT
    dated.client_id,
    dated.sober_since,
    counted.sober_days,
    dated.basis AS sober_basis,
    counted.sober_days - coalesce(unconfirmed.days, 0) AS sober_confirmed_days,
    CASE WHEN counted.sober_days IS NOT NULL THEN coalesce(unconfirmed.declared_days, 0) END AS sober_declared_days,
    CASE WHEN counted.sober_days IS NOT NULL THEN coalesce(unconfirmed.unknown_days, 0) END AS sober_unknown_days,
    CASE WHEN counted.sober_days IS NOT NULL THEN coalesce(unconfirmed.carried_days, 0) END AS sober_carried_days,
    dated.declared_sobriety_date,
    dated.declared_conflict,
    days_between(dated.last_use_day, dated.as_of) AS days_since_use,
    dated.confirmed_through,
    dated.sobriety_status,
    CASE
        WHEN dated.sobriety_status = 'unknown' OR counted.sober_days IS NULL THEN 'unknown'
        WHEN counted.sober_days < 30 THEN '<30'
        WHEN counted.sober_days < 90 THEN '30-89'
        WHEN counted.sober_days < 365 THEN '90-364'
        ELSE '365+'
    END AS sobriety_band,
    longest.days AS longest_sober_days,
    longest.confirmed_days AS longest_sober_confirmed_days,
    longest.start_date AS longest_sober_from,
    month.pda AS pda_30,
    quarter.pda AS pda_90,
    quarter.pda_low AS pda_90_low,
    quarter.pda_high AS pda_90_high,
    quarter.known AS known_90
FROM dated
LEFT JOIN counted ON dated.client_id = counted.client_id
LEFT JOIN unconfirmed ON dated.client_id = unconfirmed.client_id
LEFT JOIN longest ON dated.client_id = longest.client_id
LEFT JOIN shares AS month ON dated.client_id = month.client_id AND month.length = 30
LEFT JOIN shares AS quarter ON dated.client_id = quarter.client_id AND quarter.length = 90

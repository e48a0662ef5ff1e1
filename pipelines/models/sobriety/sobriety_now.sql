-- A row: a client in care on the as-of date, and what is known of the client's sobriety.
-- `sober_since`: the day after the last use day; with none known, the declared sobriety date (the latest
-- episode's that has one), else the first abstinent day. `confirmed_through`: the last abstinent day known.
-- `sober_days`: from the one to the other, what is known and not what is hoped (0 where the confirmation is
-- older).
-- `pda_N`: percent days abstinent, 100 x abstinent / (abstinent + use), over the last N days that lie in
-- care; the bounds count every unknown day as use, and as abstinent; `known_90` is the share of those days
-- that is known. Source: data contract, 4; the words are no diagnosis.
WITH in_care AS (
    SELECT DISTINCT stay.client_id
    FROM stay
    CROSS JOIN clock
    WHERE stay.start_date <= clock.as_of AND coalesce(stay.end_date, clock.as_of) >= clock.as_of
),

used AS (
    SELECT client_id, max(day) AS last_use_day FROM use_day GROUP BY client_id
),

abstinent AS (
    SELECT client_id, min(start_date) AS first_day, max(end_date) AS confirmed_through
    FROM abstinent_span
    GROUP BY client_id
),

declared AS (
    SELECT client_id, sobriety_date
    FROM episodes
    WHERE sobriety_date IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY client_id ORDER BY start_date DESC, program NULLS LAST) = 1
),

longest AS (
    SELECT client_id, max(days) AS days FROM sobriety_spells GROUP BY client_id
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
            days_between(
                greatest(abstinent_span.start_date, care_window.from_day),
                least(abstinent_span.end_date, care_window.to_day)
            ) + 1
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
        in_care.client_id,
        clock.as_of,
        used.last_use_day,
        abstinent.confirmed_through,
        coalesce(add_days(used.last_use_day, 1), declared.sobriety_date, abstinent.first_day) AS sober_since,
        CASE
            WHEN days_between(used.last_use_day, clock.as_of) < 14 THEN 'recent_use'
            WHEN days_between(abstinent.confirmed_through, clock.as_of) <= 14 THEN 'sober'
            ELSE 'unknown'
        END AS sobriety_status
    FROM in_care
    CROSS JOIN clock
    LEFT JOIN used ON in_care.client_id = used.client_id
    LEFT JOIN abstinent ON in_care.client_id = abstinent.client_id
    LEFT JOIN declared ON in_care.client_id = declared.client_id
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
    coalesce(longest.days, 0) AS longest_sober_days,
    month.pda AS pda_30,
    quarter.pda AS pda_90,
    quarter.pda_low AS pda_90_low,
    quarter.pda_high AS pda_90_high,
    quarter.known AS known_90
FROM dated
LEFT JOIN counted ON dated.client_id = counted.client_id
LEFT JOIN longest ON dated.client_id = longest.client_id
LEFT JOIN shares AS month ON dated.client_id = month.client_id AND month.length = 30
LEFT JOIN shares AS quarter ON dated.client_id = quarter.client_id AND quarter.length = 90

-- A row: a curve, and a stay (or a use) whose time to an event it follows: `time`, and `event` false where it was not
-- seen to happen by then (right-censored). The groups are those of the stay's first episode.
-- days_to_first_use: from admission to the first use day known. Censored at the last abstinent day known in the stay,
--   not at the as-of date: nothing is known of the days after it. A stay of which nothing is known is left out.
-- days_to_leaving: from admission to the end of the stay, where its last episode ended as left, lost_contact or
--   administrative. Any other end, or one without a reason, censors on its day; the as-of date does while it goes on.
-- days_to_next_use: from a use day to the next one of the stay, where a day known to be abstinent lies between; days of
--   use with none between are one use. Censored like the first. Each use of a client counts for itself.
-- weeks_to_…: the times of the outcome library, as they are (see `outcomes`).
-- Use on days of which nothing is known is not seen: where check-ins are missing, the curves of use lie too high.
WITH stays AS (
    SELECT
        stay.client_id,
        stay.stay,
        stay.start_date,
        stay.last_day,
        stay.end_date <= stay.last_day
        AND last_episode.end_reason IN ('left', 'lost_contact', 'administrative') AS has_left,
        coalesce(first_episode.site, 'unknown') AS site,
        coalesce(first_episode.program, 'unknown') AS program,
        coalesce(first_episode.level_of_care, 'unknown') AS level_of_care,
        coalesce(first_episode.primary_addiction, 'unknown') AS primary_addiction,
        year(stay.start_date)::STRING || ' Q' || quarter(stay.start_date)::STRING AS admission_quarter
    FROM stay
    JOIN stay_episode AS first_episode
        ON stay.client_id = first_episode.client_id AND stay.stay = first_episode.stay AND first_episode.from_first = 1
    JOIN stay_episode AS last_episode
        ON stay.client_id = last_episode.client_id AND stay.stay = last_episode.stay AND last_episode.from_last = 1
),

known AS (
    SELECT stay.client_id, stay.stay, use_day.day AS from_day, NULL::DATE AS abstinent_to, use_day.day AS use_day
    FROM stay
    JOIN use_day ON stay.client_id = use_day.client_id AND use_day.day BETWEEN stay.start_date AND stay.last_day
    UNION ALL
    SELECT
        stay.client_id,
        stay.stay,
        greatest(abstinent_span.start_date, stay.start_date),
        least(abstinent_span.end_date, stay.last_day),
        NULL
    FROM stay
    JOIN abstinent_span
        ON stay.client_id = abstinent_span.client_id
        AND abstinent_span.start_date <= stay.last_day
        AND abstinent_span.end_date >= stay.start_date
),

followed AS (
    SELECT
        client_id,
        stay,
        use_day,
        lead(abstinent_to) OVER (PARTITION BY client_id, stay ORDER BY from_day) IS NOT NULL AS then_abstinent,
        min(use_day) OVER (
            PARTITION BY client_id, stay ORDER BY from_day ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS next_use_day,
        max(abstinent_to) OVER (PARTITION BY client_id, stay) AS confirmed_through
    FROM known
),

times AS (
    SELECT
        'days_to_first_use' AS curve,
        stay.client_id,
        stay.stay,
        days_between(stay.start_date, coalesce(min(use_day), max(abstinent_to))) AS time,
        min(use_day) IS NOT NULL AS event
    FROM stay
    JOIN known ON stay.client_id = known.client_id AND stay.stay = known.stay
    GROUP BY stay.client_id, stay.stay, stay.start_date
    UNION ALL
    SELECT 'days_to_leaving', client_id, stay, days_between(start_date, last_day), coalesce(has_left, false) FROM stays
    UNION ALL
    SELECT
        'days_to_next_use',
        client_id,
        stay,
        days_between(use_day, coalesce(next_use_day, confirmed_through)),
        next_use_day IS NOT NULL
    FROM followed
    WHERE use_day IS NOT NULL AND then_abstinent
    UNION ALL
    SELECT outcome, client_id, stay, value, event FROM outcomes WHERE event IS NOT NULL
)

SELECT
    times.curve,
    times.client_id,
    times.stay,
    times.time::DOUBLE AS time,
    times.event,
    stays.site,
    stays.program,
    stays.level_of_care,
    stays.primary_addiction,
    stays.admission_quarter
FROM times
JOIN stays ON times.client_id = stays.client_id AND times.stay = stays.stay

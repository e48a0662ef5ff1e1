-- A row: one stay (or one use) on a survival curve: the `time` to its event, with `event` false if the event was not
-- seen by then (right-censored). Groups are those of the stay's first episode.
-- `entered_at`: the time from which it is at risk, 0 unless entry is delayed (left truncation). A stay that began more
-- than 30 days before its site's first row (see `site_start`; a check-in looks back at most 30 days) enters on the day
-- of that row, because no earlier event could have been seen. Earlier events are not counted, and stays that had ended
-- by then are left out. Definition: docs/measures.md.
-- days_to_first_use: from admission to the first known use day. Censored at the last known abstinent day of the stay,
-- not at the as-of date, because the days in between are unknown. Stays with no known day are left out.
-- days_to_leaving: from admission to the end of the stay, if the last episode ended as left, lost_contact or
-- administrative. Any other end, or an end without a reason, censors on its day; a stay that goes on is censored at
-- the as-of date.
-- days_to_next_use: from a use day to the next use day of the stay, if a known abstinent day lies between; use days
-- with none between count as one use. Censored like days_to_first_use. Each use of a client counts separately.
-- weeks_to_…: the times of the outcome library (see `outcomes`). A pattern leaves out the weeks before a late entry,
-- so they are added here: every time on a curve is counted from admission.
-- Use on unknown days is not seen, so the curves of use are too high where check-ins are missing.
-- Made client by client.
WITH stays AS (
    SELECT
        stay.client_id,
        stay.stay,
        stay.start_date,
        stay.last_day,
        CASE
            WHEN days_between(stay.start_date, site_start.first_day) > rule('checkin_covers_days')
                THEN site_start.first_day
            ELSE stay.start_date
        END AS seen_from,
        stay.end_date <= stay.last_day
        AND last_episode.end_reason IN ('left', 'lost_contact', 'administrative') AS has_left,
        coalesce(first_episode.site, 'unknown') AS site,
        coalesce(first_episode.program, 'unknown') AS program,
        coalesce(first_episode.level_of_care, 'unknown') AS level_of_care,
        coalesce(first_episode.primary_addiction, 'unknown') AS primary_addiction,
        CAST(year(stay.start_date) AS STRING) || ' Q' || CAST(quarter(stay.start_date) AS STRING) AS admission_quarter
    FROM stay
    JOIN stay_episode AS first_episode
        ON stay.client_id = first_episode.client_id AND stay.stay = first_episode.stay AND first_episode.from_first = 1
    JOIN stay_episode AS last_episode
        ON stay.client_id = last_episode.client_id AND stay.stay = last_episode.stay AND last_episode.from_last = 1
    LEFT JOIN site_start ON coalesce(first_episode.site, 'unknown') = site_start.site
),

known AS (
    SELECT
        stay.client_id,
        stay.stay,
        use_day.day AS from_day,
        CAST(NULL AS DATE) AS abstinent_to,
        use_day.day AS use_day
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
        stays.client_id,
        stays.stay,
        days_between(
            stays.start_date,
            coalesce(min(use_day) FILTER (WHERE use_day >= stays.seen_from), max(abstinent_to))
        ) AS time,
        count(use_day) FILTER (WHERE use_day >= stays.seen_from) > 0 AS event,
        days_between(stays.start_date, stays.seen_from) AS entered_at
    FROM stays
    JOIN known ON stays.client_id = known.client_id AND stays.stay = known.stay
    GROUP BY stays.client_id, stays.stay, stays.start_date, stays.seen_from
    UNION ALL
    SELECT
        'days_to_leaving',
        client_id,
        stay,
        days_between(start_date, last_day),
        coalesce(has_left, false),
        days_between(start_date, seen_from)
    FROM stays
    UNION ALL
    SELECT
        'days_to_next_use',
        followed.client_id,
        followed.stay,
        days_between(followed.use_day, coalesce(followed.next_use_day, followed.confirmed_through)),
        followed.next_use_day IS NOT NULL,
        greatest(days_between(followed.use_day, stays.seen_from), 0)
    FROM followed
    JOIN stays ON followed.client_id = stays.client_id AND followed.stay = stays.stay
    WHERE followed.use_day IS NOT NULL AND followed.then_abstinent
    UNION ALL
    SELECT
        outcomes.outcome,
        outcomes.client_id,
        outcomes.stay,
        outcomes.value + days_between(week_of(stays.start_date), week_of(stays.seen_from)) / 7,
        outcomes.event,
        CASE
            WHEN stays.seen_from > stays.start_date
                THEN days_between(week_of(stays.start_date), week_of(stays.seen_from)) / 7 + 1
            ELSE 0
        END
    FROM outcomes
    JOIN stays ON outcomes.client_id = stays.client_id AND outcomes.stay = stays.stay
    WHERE outcomes.event IS NOT NULL
)

SELECT
    times.curve,
    times.client_id,
    times.stay,
    CAST(times.time AS DOUBLE) AS time,
    times.event,
    CAST(times.entered_at AS DOUBLE) AS entered_at,
    stays.site,
    stays.program,
    stays.level_of_care,
    stays.primary_addiction,
    stays.admission_quarter
FROM times
JOIN stays ON times.client_id = stays.client_id AND times.stay = stays.stay
WHERE times.time >= times.entered_at

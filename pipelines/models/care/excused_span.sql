-- A row: a stretch of days that do not count for a client: planned absences, closures of the client's site, and weeks
-- that the site did not report. A client's stretches do not overlap.
-- A closure also applies to the days between two joined episodes: they are days in care, at the site of the episode
-- that ended last. If episodes overlap, the site of the one that began last counts.
-- Made client by client.
WITH client_absences AS (
    SELECT client_id, start_date, end_date FROM absences WHERE client_id IS NOT NULL
),

followed_on AS (
    SELECT
        client_id,
        stay,
        start_date,
        max(last_day) OVER (
            PARTITION BY client_id, stay ORDER BY from_first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS ended_before
    FROM stay_episode
),

at_site AS (
    SELECT client_id, site, start_date, last_day, start_date AS begun, from_first FROM stay_episode
    UNION ALL
    SELECT
        followed_on.client_id,
        before.site,
        add_days(before.last_day, 1),
        add_days(followed_on.start_date, -1),
        before.start_date,
        before.from_first
    FROM followed_on
    JOIN stay_episode AS before
        ON followed_on.client_id = before.client_id
        AND followed_on.stay = before.stay
        AND followed_on.ended_before = before.last_day
    WHERE followed_on.start_date > add_days(followed_on.ended_before, 1)
    QUALIFY row_number() OVER (
        PARTITION BY followed_on.client_id, followed_on.start_date
        ORDER BY before.start_date DESC, before.program NULLS LAST
    ) = 1
),

closed AS (
    SELECT
        at_site.*,
        greatest(absences.start_date, at_site.start_date) AS closed_from,
        numbers_from_to(
            0,
            days_between(
                greatest(absences.start_date, at_site.start_date), least(absences.end_date, at_site.last_day)
            )
        ) AS days
    FROM absences
    JOIN at_site ON absences.site = at_site.site
    WHERE absences.client_id IS NULL
        AND absences.start_date <= at_site.last_day
        AND absences.end_date >= at_site.start_date
),

closed_day AS (
    SELECT closed.client_id, closed.site, closed.begun, closed.from_first, add_days(closed.closed_from, n.number) AS day
    FROM closed
    CROSS JOIN LATERAL unnest(closed.days) AS n(number)
),

-- Without the days on which a later episode, at another site, counts.
closures AS (
    SELECT closed_day.client_id, closed_day.day AS start_date, closed_day.day AS end_date
    FROM closed_day
    LEFT JOIN stay_episode AS later
        ON closed_day.client_id = later.client_id
        AND closed_day.day BETWEEN later.start_date AND later.last_day
        AND closed_day.site IS DISTINCT FROM later.site
        AND (
            later.start_date > closed_day.begun
            OR (later.start_date = closed_day.begun AND later.from_first < closed_day.from_first)
        )
    WHERE later.client_id IS NULL
),

unreported AS (
    SELECT care_period.client_id, care_period.from_day AS start_date, care_period.to_day AS end_date
    FROM care_period
    JOIN silent_week
        ON coalesce(care_period.site, 'unknown') = silent_week.site AND care_period.period = silent_week.week
    WHERE care_period.kind = 'week'
),

together AS (
    SELECT * FROM client_absences
    UNION ALL
    SELECT * FROM closures
    UNION ALL
    SELECT * FROM unreported
),

broken AS (
    SELECT
        *,
        max(end_date) OVER (
            PARTITION BY client_id ORDER BY start_date, end_date ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS ended_before
    FROM together
),

numbered AS (
    SELECT
        *,
        sum(CASE WHEN days_between(ended_before, start_date) <= 1 THEN 0 ELSE 1 END) OVER (
            PARTITION BY client_id ORDER BY start_date, end_date
        ) AS stretch
    FROM broken
)

SELECT client_id, min(start_date) AS start_date, max(end_date) AS end_date
FROM numbered
GROUP BY client_id, stretch

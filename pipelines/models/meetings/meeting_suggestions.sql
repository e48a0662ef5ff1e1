-- A row: a meeting of the directory, on its day, that suits a client in care: the best at place 1, at most as many as
-- rule `suggestions_most` says, and none that the client attended in the last weeks (rule `not_suggested_weeks`). If
-- the client's own fellowships offer too few (rule `suggestions_enough`), others that fit the primary addiction are
-- added (`fits`).
-- Points: how far the client's meetings of the last months (rule `suggested_by_weeks`) shared its fellowship (0 to
-- 3), its day (0 to 2), its time within an hour (0 to 2), its mode (0 to 1) and its region (0 to 1; online has none);
-- a type that the client has kept going to (1), or given up (−1); newcomers' meetings in the first days in care (1.5;
-- rule `newcomer_days`); clients with the same primary addiction who stayed with it (0.5 to 1; never a few,
-- meeting_kept.sql); an earlier visit of the client (0.5). Matters in which the client has no history give no points:
-- then newcomers' and open meetings come first (open: 0.25).
-- Meetings for some people, in a language, or of an unknown type are suggested only to clients who have attended that
-- type; men's and women's meetings only to clients who have attended that one more than the other. A closed meeting
-- is for people with its fellowship's desire to stop: it must belong to a fellowship that the client attends or that
-- fits the primary addiction.
-- Made client by client.
-- Published, ordered by client_id, place.
WITH either_or AS (
    SELECT * FROM (VALUES ('M', 'W'), ('W', 'M')) AS types(type, other)
),

visits AS (
    SELECT client_id, count(*) AS meetings, count(hour) AS timed, count(mode) AS with_mode, count(region) AS with_region
    FROM meeting_visit
    GROUP BY client_id
),

fellowship AS (
    SELECT client_id, fellowship, count(*) AS meetings FROM meeting_visit GROUP BY client_id, fellowship
),

weekday AS (
    SELECT client_id, day, ratio(count(*), max(count(*)) OVER (PARTITION BY client_id)) AS share
    FROM meeting_visit
    GROUP BY client_id, day
),

half_hour AS (
    SELECT client_id, floor(hour * 2) / 2 AS hour, count(*) AS meetings
    FROM meeting_visit
    WHERE hour IS NOT NULL
    GROUP BY client_id, floor(hour * 2)
),

slot_hour AS (
    SELECT DISTINCT hour FROM directory_slot
),

around AS (
    SELECT half_hour.client_id, slot_hour.hour, sum(half_hour.meetings) AS meetings
    FROM half_hour
    JOIN slot_hour ON abs(half_hour.hour - slot_hour.hour) <= 1
    GROUP BY half_hour.client_id, slot_hour.hour
),

hourly AS (
    SELECT client_id, hour, ratio(meetings, max(meetings) OVER (PARTITION BY client_id)) AS share FROM around
),

mode_visits AS (
    SELECT client_id, mode, count(*) AS meetings FROM meeting_visit WHERE mode IS NOT NULL GROUP BY client_id, mode
),

place AS (
    SELECT client_id, region, count(*) AS meetings
    FROM meeting_visit
    WHERE region IS NOT NULL
    GROUP BY client_id, region
),

visit AS (
    SELECT client_id, meeting_id, bool_or(late) AS late, max(meeting_date) AS last_on
    FROM meeting_visit
    WHERE meeting_id IS NOT NULL
    GROUP BY client_id, meeting_id
),

slug_type AS (
    SELECT DISTINCT directory_type.slug, directory_type.type, directory_type.title, directory_type.for_some
    FROM directory_type
    JOIN directory_slot ON directory_type.slug = directory_slot.slug
    WHERE directory_type.describes
),

client_type AS (
    SELECT meeting_visit.client_id, slug_type.type, bool_or(meeting_visit.late) AS kept, count(*) AS meetings
    FROM meeting_visit
    JOIN slug_type ON meeting_visit.meeting_id = slug_type.slug
    GROUP BY meeting_visit.client_id, slug_type.type
),

kind AS (
    SELECT
        client_type.client_id,
        slug_type.slug,
        bool_or(client_type.kept) AS kept,
        bool_or(NOT client_type.kept) AS given_up,
        min(slug_type.title) FILTER (WHERE client_type.kept) AS kept_kind
    FROM client_type
    JOIN slug_type ON client_type.type = slug_type.type
    GROUP BY client_type.client_id, slug_type.slug
),

-- For meetings for some people: how many of their types are restricted, and how many of these the client has attended.
for_some AS (
    SELECT slug, count(*) AS kinds FROM slug_type WHERE for_some GROUP BY slug
),

known_for_some AS (
    SELECT client_type.client_id, slug_type.slug, count(*) AS kinds
    FROM client_type
    JOIN slug_type ON client_type.type = slug_type.type
    LEFT JOIN either_or ON client_type.type = either_or.type
    LEFT JOIN client_type AS other ON client_type.client_id = other.client_id AND either_or.other = other.type
    WHERE slug_type.for_some AND client_type.meetings > coalesce(other.meetings, 0)
    GROUP BY client_type.client_id, slug_type.slug
),

slot AS (
    SELECT
        *,
        coalesce(array_contains(parts_of(types), 'BE'), false) AS for_newcomers,
        coalesce(array_contains(parts_of(types), 'O'), false) AS open_to_all,
        coalesce(array_contains(parts_of(types), 'C'), false) AS closed,
        CASE WHEN mode = 'online' THEN 'online' WHEN mode IS NOT NULL THEN 'in_person' END AS attended_as
    FROM directory_slot
),

scored AS (
    SELECT
        in_care_now.client_id,
        slot.slug,
        slot.name,
        slot.fellowship,
        slot.day,
        slot.time,
        slot.zone,
        slot.mode,
        slot.region,
        slot.location,
        slot.address,
        slot.conference_url,
        slot.conference_phone,
        slot.types,
        coalesce(ratio(fellowship.meetings, visits.meetings), 0) AS fellowship_share,
        coalesce(weekday.share, 0) AS day_share,
        coalesce(hourly.share, 0) AS hour_share,
        coalesce(ratio(mode_visits.meetings, visits.with_mode), 0) AS mode_share,
        coalesce(ratio(place.meetings, visits.with_region), 0) AS region_share,
        visits.client_id IS NULL OR slot.fellowship IS NULL OR fellowship.meetings IS NOT NULL AS own,
        fitting.fellowship IS NOT NULL AS fits,
        coalesce(kind.kept, false) AS kept,
        kind.kept_kind,
        coalesce(kind.given_up AND NOT kind.kept, false) AS given_up,
        days_between(in_care_now.in_care_since, clock.as_of) < rule('newcomer_days') AND slot.for_newcomers AS newcomer,
        slot.open_to_all,
        meeting_kept.many AS kept_by_many,
        visit.last_on AS went_until
    FROM in_care_now
    CROSS JOIN clock
    CROSS JOIN slot
    -- First, what excludes meetings; the rest is looked up only for those that remain.
    LEFT JOIN visits ON in_care_now.client_id = visits.client_id
    LEFT JOIN fellowship ON in_care_now.client_id = fellowship.client_id AND slot.fellowship = fellowship.fellowship
    LEFT JOIN fitting_fellowship AS fitting
        ON in_care_now.primary_addiction = fitting.primary_addiction AND slot.fellowship = fitting.fellowship
    LEFT JOIN visit ON in_care_now.client_id = visit.client_id AND slot.slug = visit.meeting_id
    LEFT JOIN for_some ON slot.slug = for_some.slug
    LEFT JOIN known_for_some
        ON in_care_now.client_id = known_for_some.client_id AND slot.slug = known_for_some.slug
    LEFT JOIN weekday ON in_care_now.client_id = weekday.client_id AND slot.day = weekday.day
    LEFT JOIN hourly ON in_care_now.client_id = hourly.client_id AND slot.hour = hourly.hour
    LEFT JOIN mode_visits ON in_care_now.client_id = mode_visits.client_id AND slot.attended_as = mode_visits.mode
    LEFT JOIN place ON in_care_now.client_id = place.client_id AND slot.region = place.region
    LEFT JOIN kind ON in_care_now.client_id = kind.client_id AND slot.slug = kind.slug
    LEFT JOIN meeting_kept
        ON in_care_now.primary_addiction = meeting_kept.primary_addiction AND slot.slug = meeting_kept.meeting_id
    WHERE
        NOT coalesce(visit.late, false)
        AND coalesce(known_for_some.kinds, 0) >= coalesce(for_some.kinds, 0)
        -- A fellowship new to the client is suggested only if it fits, to make up enough.
        AND (
            visits.client_id IS NULL
            OR slot.fellowship IS NULL
            OR fellowship.meetings IS NOT NULL
            OR fitting.fellowship IS NOT NULL
        )
        AND (NOT slot.closed OR fellowship.meetings IS NOT NULL OR fitting.fellowship IS NOT NULL)
),

pointed AS (
    SELECT
        *,
        round(
            3 * fellowship_share + 2 * day_share + 2 * hour_share + mode_share + region_share
            + CASE WHEN kept THEN 1 WHEN given_up THEN -1 ELSE 0 END
            + CASE WHEN newcomer THEN 1.5 ELSE 0 END
            + CASE WHEN open_to_all THEN 0.25 ELSE 0 END
            + CASE WHEN kept_by_many THEN 1 WHEN NOT kept_by_many THEN 0.5 ELSE 0 END
            + CASE WHEN went_until IS NOT NULL THEN 0.5 ELSE 0 END,
            6
        ) AS points
    FROM scored
),

-- A meeting on several days is suggested on the day that suits best.
best AS (
    SELECT *
    FROM pointed
    QUALIFY row_number() OVER (PARTITION BY client_id, slug ORDER BY points DESC, day, time) = 1
)

SELECT
    client_id,
    CAST(row_number() OVER (PARTITION BY client_id ORDER BY own DESC, points DESC, slug) AS INTEGER) AS place,
    slug,
    name,
    fellowship,
    day,
    time,
    zone,
    mode,
    region,
    location,
    address,
    conference_url,
    conference_phone,
    types,
    points,
    fellowship_share,
    day_share,
    hour_share,
    mode_share,
    region_share,
    kept_kind,
    fits AND NOT own AS fits,
    newcomer,
    open_to_all,
    kept_by_many IS NOT NULL AS others_stayed,
    went_until
FROM best
QUALIFY
    row_number() OVER (PARTITION BY client_id ORDER BY own DESC, points DESC, slug)
    <= CASE WHEN own THEN rule('suggestions_most') ELSE rule('suggestions_enough') END

-- A row: a client-week as in `care_week`, with what happened in it exchanged for that of another week of the same
-- client and stay, drawn by lot. A client whose involvement does not change could have had the weeks in any order, so a
-- flag raised here is a false alert. Weeks of holidays stay where they are, and so do the first six in care, in which
-- clients settle in, and those of which the site's export has no meetings; weeks at one level of care are exchanged
-- among themselves; those in which the client may have changed count for nothing. After a lasting fall the client is
-- taken for another one, whose usual is what it is from then on.
WITH marked AS (
    SELECT
        unchanged_week.* REPLACE (client_id || ' ' || falls AS client_id),
        unchanged
        AND exposure > 0
        AND NOT is_holiday_week(unchanged_week.week)
        AND coalesce(weeks_in_care, 99) > 6
        AND site_week.has_meetings AS may_move
    FROM unchanged_week
    JOIN site_week ON unchanged_week.site IS NOT DISTINCT FROM site_week.site AND unchanged_week.week = site_week.week
),

pool AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY client_id, stay, level_rank ORDER BY week
        ) AS place,
        row_number() OVER (
            PARTITION BY client_id, stay, level_rank ORDER BY md5(client_id || CAST(week AS STRING)), week
        ) AS lot
    FROM marked
    WHERE may_move
)

SELECT
    here.client_id,
    here.week,
    here.stay,
    here.weeks_in_care,
    here.therapist_id,
    here.site,
    here.level_rank,
    here.agreed_meetings,
    other.exposure,
    other.meetings,
    other.stated_meetings,
    other.active_meetings,
    other.placed_meetings,
    other.in_person_meetings,
    other.home_group_visited,
    other.sponsor_contacts,
    other.step_work,
    other.checkins,
    other.sessions_attended,
    other.no_shows
FROM pool AS here
JOIN pool AS other
    ON here.client_id = other.client_id
    AND here.stay = other.stay
    AND here.level_rank IS NOT DISTINCT FROM other.level_rank
    AND here.place = other.lot
UNION ALL
SELECT
    client_id,
    week,
    stay,
    weeks_in_care,
    therapist_id,
    site,
    level_rank,
    agreed_meetings,
    CASE WHEN unchanged THEN exposure ELSE 0 END AS exposure,
    meetings,
    stated_meetings,
    active_meetings,
    placed_meetings,
    in_person_meetings,
    home_group_visited,
    sponsor_contacts,
    step_work,
    checkins,
    sessions_attended,
    no_shows
FROM marked
WHERE NOT may_move

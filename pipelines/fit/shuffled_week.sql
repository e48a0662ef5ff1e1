-- A row: a client-week as in `care_week`, with what happened in it exchanged for that of another week of the same client
-- and stay, drawn by lot. A client whose involvement does not change could have had the weeks in any order, so a flag
-- raised here is a false alert. Weeks of holidays stay where they are, and weeks at one level of care among
-- themselves; those in which the client may have changed count for nothing.
WITH pool AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY client_id, stay, level_rank ORDER BY week
        ) AS place,
        row_number() OVER (
            PARTITION BY client_id, stay, level_rank ORDER BY md5(client_id || CAST(week AS STRING)), week
        ) AS lot
    FROM unchanged_week
    WHERE unchanged AND exposure > 0 AND NOT is_holiday_week(week)
)

SELECT
    here.client_id,
    here.week,
    here.stay,
    here.therapist_id,
    here.site,
    here.level_rank,
    other.exposure,
    other.meetings,
    other.stated_meetings,
    other.active_meetings,
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
    therapist_id,
    site,
    level_rank,
    CASE WHEN unchanged THEN exposure ELSE 0 END AS exposure,
    meetings,
    stated_meetings,
    active_meetings,
    sponsor_contacts,
    step_work,
    checkins,
    sessions_attended,
    no_shows
FROM unchanged_week
WHERE NOT (unchanged AND exposure > 0 AND NOT is_holiday_week(week))

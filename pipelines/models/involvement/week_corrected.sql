-- A row: a client with a week that a delivery corrected after an earlier run had scored it, and the first such week:
-- one in which anything that the score uses has changed. What an older version did not publish is null, and is not
-- taken for changed. Of the level of care, only by how much it lowers what is expected counts.
-- A week that is merely missing is not a correction: without an episode's end of care, a month without records takes
-- weeks back. The week of the last record then counts only in part; that is not a correction either. An end of care
-- that was entered late corrects the weeks after it. Finding that a site's attendance is missing corrects that week, as
-- does the rest of an export that had broken off, or a site's first check-in of it (site_week.sql): they say something
-- of the clients who have none.
-- Made client by client.
WITH corrected AS (
    SELECT care_week.client_id, care_week.week
    FROM care_week
    JOIN site_week ON care_week.site IS NOT DISTINCT FROM site_week.site AND care_week.week = site_week.week
    LEFT JOIN week_published AS before
        ON care_week.client_id = before.client_id AND care_week.week = before.week
    LEFT JOIN involvement_week AS here
        ON care_week.client_id = here.client_id AND care_week.week = here.week
    LEFT JOIN stay
        ON care_week.client_id = stay.client_id
        AND care_week.stay = stay.stay
        AND stay.inferred
        AND care_week.week = week_of(stay.end_date)
    WHERE
        before.client_id IS NULL
        OR (abs(care_week.exposure - before.exposure) > 0.001 AND stay.client_id IS NULL)
        OR site_week.has_attendance <> coalesce(before.attendance_known, true)
        OR (care_week.exposure > 0 AND site_week.has_meetings <> before.meetings_counted)
        OR (care_week.exposure >= 1 AND site_week.has_checkins <> before.checkins_known)
        OR care_week.meetings <> before.meetings
        OR care_week.stated_meetings <> before.stated_meetings
        OR care_week.active_meetings <> before.active_meetings
        OR care_week.placed_meetings <> before.placed_meetings
        OR care_week.in_person_meetings <> before.in_person_meetings
        OR (
            before.placed_meetings IS NOT NULL
            AND care_week.meetings > 0
            AND care_week.home_group_visited IS DISTINCT FROM before.home_group_visited
        )
        OR care_week.sponsor_contacts IS DISTINCT FROM before.sponsor_contacts
        OR care_week.step_work IS DISTINCT FROM before.step_work
        OR care_week.checkins <> before.checkins
        OR care_week.sessions_attended <> before.sessions_attended
        OR care_week.no_shows <> before.no_shows
        OR (
            before.levels_down IS NOT NULL
            AND (
                here.agreed_meetings IS DISTINCT FROM before.agreed_meetings
                OR abs(greatest(here.levels_down, 0) - greatest(before.levels_down, 0)) > 0.001
            )
        )
    UNION ALL
    SELECT before.client_id, before.week
    FROM week_published AS before
    JOIN stay ON before.client_id = stay.client_id AND NOT stay.inferred AND before.week > stay.end_date
    JOIN clock ON add_days(before.week, 6) <= clock.as_of
    LEFT JOIN care_week ON before.client_id = care_week.client_id AND before.week = care_week.week
    WHERE care_week.client_id IS NULL
)

SELECT corrected.client_id, min(corrected.week) AS first_week
FROM corrected
JOIN scored_until ON corrected.week <= scored_until.week
GROUP BY corrected.client_id

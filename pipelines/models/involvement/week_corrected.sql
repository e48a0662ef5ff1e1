-- A row: a client with a week that a delivery corrected after an earlier run had scored it, and the first such week. A week
-- that is merely missing is not a correction: without an episode's end of care, a month without records
-- takes weeks back. Nor is it one that the week of the last record then counts in part only.
-- Made client by client.
SELECT care_week.client_id, min(care_week.week) AS first_week
FROM care_week
CROSS JOIN scored_until
LEFT JOIN week_published AS before
    ON care_week.client_id = before.client_id AND care_week.week = before.week
LEFT JOIN stay
    ON care_week.client_id = stay.client_id
    AND care_week.stay = stay.stay
    AND stay.inferred
    AND care_week.week = week_of(stay.end_date)
WHERE
    care_week.week <= scored_until.week
    AND (
        before.client_id IS NULL
        OR (abs(care_week.exposure - before.exposure) > 0.001 AND stay.client_id IS NULL)
        OR care_week.meetings <> before.meetings
        OR care_week.active_meetings <> before.active_meetings
        OR care_week.sponsor_contacts IS DISTINCT FROM before.sponsor_contacts
        OR care_week.step_work IS DISTINCT FROM before.step_work
        OR care_week.checkins <> before.checkins
        OR care_week.sessions_attended <> before.sessions_attended
        OR care_week.no_shows <> before.no_shows
    )
GROUP BY care_week.client_id

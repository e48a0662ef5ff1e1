-- A row: a client in care in a complete week, as the scores need it; `client_week` is the published form.
-- `exposure`: the share of the week that counts, 0 to 1 (days in care, less absences, closures and unreported weeks).
-- `weeks_in_care`: 1 in the stay's first week. Null if no episode gives the start of care and the client has records
-- within the site's first 30 days, because care may have begun before the first record.
-- `agreed_meetings`: meetings a week that the client agreed to, by the newest contract in force in the week, else by
-- the episode. `home_group_visited`: whether the client came to the home group; null in weeks without one
-- (home_group_week).
-- Made client by client.
WITH began AS (
    SELECT
        stay.client_id,
        stay.stay,
        week_of(stay.start_date) AS first_week,
        stay.inferred AND days_between(min(site_start.first_day), stay.start_date) <= rule('silent_days')
        AS before_the_data
    FROM stay
    JOIN stay_episode
        ON stay.client_id = stay_episode.client_id AND stay.stay = stay_episode.stay AND stay_episode.from_first = 1
    LEFT JOIN site_start ON coalesce(stay_episode.site, 'unknown') = site_start.site
    GROUP BY stay.client_id, stay.stay, stay.start_date, stay.inferred
),

contract_week AS (
    SELECT
        client_period.client_id,
        client_period.period AS week,
        max_by(contracts.meetings_per_week, (contracts.signed_on, contracts.meetings_per_week)) AS meetings_per_week
    FROM contracts
    JOIN client_period
        ON contracts.client_id = client_period.client_id
        AND contracts.signed_on <= client_period.to_day
        AND coalesce(contracts.ends_on, DATE '9999-12-31') >= client_period.from_day
        AND coalesce(contracts.broken_on, DATE '9999-12-31') >= client_period.from_day
    WHERE client_period.kind = 'week' AND contracts.meetings_per_week > 0
    GROUP BY client_period.client_id, client_period.period
)

SELECT
    client_period.client_id,
    client_period.period AS week,
    client_period.stay,
    client_period.span,
    CASE
        WHEN NOT coalesce(began.before_the_data, false)
            THEN CAST(days_between(began.first_week, client_period.period) / 7 + 1 AS INTEGER)
    END AS weeks_in_care,
    client_period.therapist_id,
    client_period.site,
    client_period.program,
    client_period.level_of_care,
    client_period.level_rank,
    client_period.primary_addiction,
    client_period.in_care_days,
    client_period.exposure_days / CAST(7.0 AS DOUBLE) AS exposure,
    client_period.meetings,
    CAST(coalesce(contract_week.meetings_per_week, client_period.meetings_per_week) AS DOUBLE) AS agreed_meetings,
    client_period.meeting_days,
    client_period.stated_meetings,
    client_period.active_meetings,
    client_period.placed_meetings,
    client_period.in_person_meetings,
    home_group_week.visited AS home_group_visited,
    client_period.sponsor_contacts,
    client_period.step_work,
    client_period.checkins,
    client_period.checkins_missed,
    client_period.sessions_scheduled,
    client_period.sessions_attended,
    client_period.no_shows,
    client_period.use_symbol
FROM client_period
JOIN began ON client_period.client_id = began.client_id AND client_period.stay = began.stay
LEFT JOIN contract_week
    ON client_period.client_id = contract_week.client_id AND client_period.period = contract_week.week
LEFT JOIN home_group_week
    ON client_period.client_id = home_group_week.client_id AND client_period.period = home_group_week.week
WHERE client_period.kind = 'week' AND client_period.complete

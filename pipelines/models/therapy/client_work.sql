-- A row: a client in care, and the work beside the meetings: sponsor, step, contract. Null if no check-in answers.
-- `no_sponsor_since`: the first of the latest check-ins that all report no sponsor, within the stay of the last answer,
-- because nothing is known of the time between stays. `sponsor_answered_on`: the last check-in that answers the
-- question.
-- `last_sponsor_contact`: the last check-in that reports a contact.
-- `contacts_usual`: sponsor contacts per week with check-ins, over the weeks of the usual; `contacts_recent`: over the
-- last four weeks.
-- `early`: the time of the step-one lists (rules `early_step` and, if the step is unknown, `early_days`). A list is
-- done, open, overdue, or 'not set'.
-- `agreed_meetings`: per week, by the contract in force, else by the episode. `attended_meetings`: per full week, over
-- the last four complete weeks, as far as they count.
-- Made client by client.
-- Published, ordered by client_id.
WITH sponsor AS (
    SELECT
        answer.client_id,
        max(checkin_date) FILTER (WHERE has_sponsor) AS last_with,
        max(checkin_date) FILTER (WHERE has_sponsor IS NOT NULL) AS sponsor_answered_on,
        max(checkin_date) FILTER (WHERE sponsor_contacts > 0) AS last_sponsor_contact
    FROM completed_checkin AS answer
    GROUP BY answer.client_id
),

without AS (
    SELECT answer.client_id, min(answer.checkin_date) AS no_sponsor_since
    FROM completed_checkin AS answer
    JOIN sponsor ON answer.client_id = sponsor.client_id
    LEFT JOIN stay
        ON sponsor.client_id = stay.client_id
        AND sponsor.sponsor_answered_on BETWEEN stay.start_date AND stay.last_day
    WHERE NOT answer.has_sponsor
        AND answer.checkin_date > coalesce(sponsor.last_with, DATE '0001-01-01')
        AND answer.checkin_date >= coalesce(stay.start_date, sponsor.sponsor_answered_on)
    GROUP BY answer.client_id
),

-- Counted back from the last complete week: a client who came back recently has no recent weeks yet.
week_ago AS (
    SELECT
        care_week.*,
        site_week.has_meetings,
        days_between(care_week.week, add_days(week_of(add_days(clock.as_of, 1)), -7)) / 7 AS weeks_ago
    FROM care_week
    JOIN site_week ON care_week.site IS NOT DISTINCT FROM site_week.site AND care_week.week = site_week.week
    CROSS JOIN clock
),

placed_week AS (
    SELECT
        *,
        weeks_ago BETWEEN rule('usual_weeks_last') AND rule('usual_weeks_first') AS in_usual,
        weeks_ago < rule('recent_weeks') AS is_recent
    FROM week_ago
),

weeks AS (
    SELECT
        client_id,
        round(avg(sponsor_contacts) FILTER (WHERE in_usual AND checkins > 0), 6) AS contacts_usual,
        round(avg(sponsor_contacts) FILTER (WHERE is_recent AND checkins > 0), 6) AS contacts_recent,
        sum(meetings) FILTER (WHERE is_recent AND exposure > 0 AND has_meetings) AS recent_meetings,
        sum(exposure) FILTER (WHERE is_recent AND exposure > 0 AND has_meetings) AS recent_exposure
    FROM placed_week
    GROUP BY client_id
),

list AS (
    SELECT client_id, catalogue_task, state
    FROM client_task
    WHERE catalogue_task IN ('preoccupation', 'control_attempts', 'consequences')
    QUALIFY row_number() OVER (PARTITION BY client_id, catalogue_task ORDER BY assigned_on DESC, state, task) = 1
),

lists AS (
    SELECT
        client_id,
        max(state) FILTER (WHERE catalogue_task = 'preoccupation') AS preoccupation,
        max(state) FILTER (WHERE catalogue_task = 'control_attempts') AS control_attempts,
        max(state) FILTER (WHERE catalogue_task = 'consequences') AS consequences
    FROM list
    GROUP BY client_id
),

agreed AS (
    SELECT episodes.client_id, episodes.meetings_per_week AS meetings
    FROM episodes
    CROSS JOIN clock
    WHERE coalesce(episodes.end_date, clock.as_of) >= clock.as_of AND episodes.meetings_per_week IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY episodes.client_id ORDER BY episodes.start_date DESC, episodes.program NULLS LAST
    ) = 1
)

SELECT
    client_now.client_id,
    client_now.has_sponsor,
    client_now.sponsor_is_therapist,
    CASE WHEN NOT client_now.has_sponsor THEN without.no_sponsor_since END AS no_sponsor_since,
    sponsor.sponsor_answered_on,
    sponsor.last_sponsor_contact,
    weeks.contacts_usual,
    weeks.contacts_recent,
    client_now.step,
    coalesce(
        client_now.step <= rule('early_step'), days_between(client_now.in_care_since, clock.as_of) < rule('early_days')
    ) AS early,
    coalesce(lists.preoccupation, 'not set') AS preoccupation,
    coalesce(lists.control_attempts, 'not set') AS control_attempts,
    coalesce(lists.consequences, 'not set') AS consequences,
    client_now.contract_status,
    contract.behaviour,
    contract.signed_on,
    contract.ends_on,
    contract.broken_on,
    contract.accountability,
    CASE
        WHEN client_now.contract_status = 'kept' THEN coalesce(contract.meetings_per_week, agreed.meetings)
        ELSE agreed.meetings
    END AS agreed_meetings,
    round(ratio(weeks.recent_meetings, weeks.recent_exposure), 6) AS attended_meetings,
    days_between(client_now.in_care_since, clock.as_of) AS days_in_care
FROM client_now
CROSS JOIN clock
LEFT JOIN sponsor ON client_now.client_id = sponsor.client_id
LEFT JOIN without ON client_now.client_id = without.client_id
LEFT JOIN weeks ON client_now.client_id = weeks.client_id
LEFT JOIN lists ON client_now.client_id = lists.client_id
LEFT JOIN client_contract AS contract ON client_now.client_id = contract.client_id AND contract.latest = 1
LEFT JOIN agreed ON client_now.client_id = agreed.client_id

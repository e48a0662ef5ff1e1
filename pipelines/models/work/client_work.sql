-- A row: a client in care, and the work beside the meetings: sponsor, step, contract. What nobody said is null.
-- `no_sponsor_since`: the first check-in since which every answer was that there is none. `contacts_usual`: sponsor
-- contacts a check-in week over weeks t−29 to t−4, `contacts_recent` over the last four; null where no check-in told.
-- `last_sponsor_contact`: the last check-in that told of one.
-- `early`: step 0 or 1, or step unknown in the first 90 days: the time of the step-one lists. A list is done, open,
-- overdue, or 'not set'.
-- `agreed_meetings`: a week, by the standing contract, else by the episode. `attended_meetings`: a full week, over the
-- last four complete weeks, as far as they count.
-- Published, ordered by client_id.
WITH said AS (
    SELECT client_id, checkin_date, has_sponsor, sponsor_contacts
    FROM checkins
    WHERE status = 'completed' AND source <> 'toxicology'
),

sponsor AS (
    SELECT
        said.client_id,
        max(checkin_date) FILTER (WHERE has_sponsor) AS last_with,
        max(checkin_date) FILTER (WHERE sponsor_contacts > 0) AS last_sponsor_contact
    FROM said
    GROUP BY said.client_id
),

without AS (
    SELECT said.client_id, min(said.checkin_date) AS no_sponsor_since
    FROM said
    JOIN sponsor ON said.client_id = sponsor.client_id
    WHERE NOT said.has_sponsor AND said.checkin_date > coalesce(sponsor.last_with, DATE '0001-01-01')
    GROUP BY said.client_id
),

recent_week AS (
    SELECT
        care_week.*,
        days_between(care_week.week, max(care_week.week) OVER (PARTITION BY care_week.client_id)) / 7 AS weeks_ago
    FROM care_week
),

weeks AS (
    SELECT
        client_id,
        round(avg(sponsor_contacts) FILTER (WHERE weeks_ago BETWEEN 4 AND 29 AND checkins > 0), 6) AS contacts_usual,
        round(avg(sponsor_contacts) FILTER (WHERE weeks_ago < 4 AND checkins > 0), 6) AS contacts_recent,
        round(ratio(
            sum(meetings) FILTER (WHERE weeks_ago < 4 AND exposure > 0),
            sum(exposure) FILTER (WHERE weeks_ago < 4 AND exposure > 0)
        ), 6) AS attended_meetings
    FROM recent_week
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

contract AS (
    SELECT contracts.*
    FROM contracts
    QUALIFY row_number() OVER (
        PARTITION BY contracts.client_id ORDER BY contracts.signed_on DESC, contracts.behaviour NULLS LAST
    ) = 1
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
    sponsor.last_sponsor_contact,
    weeks.contacts_usual,
    weeks.contacts_recent,
    client_now.step,
    coalesce(client_now.step <= 1, days_between(client_now.in_care_since, clock.as_of) < 90) AS early,
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
    weeks.attended_meetings,
    days_between(client_now.in_care_since, clock.as_of) AS days_in_care
FROM client_now
CROSS JOIN clock
LEFT JOIN sponsor ON client_now.client_id = sponsor.client_id
LEFT JOIN without ON client_now.client_id = without.client_id
LEFT JOIN weeks ON client_now.client_id = weeks.client_id
LEFT JOIN lists ON client_now.client_id = lists.client_id
LEFT JOIN contract ON client_now.client_id = contract.client_id
LEFT JOIN agreed ON client_now.client_id = agreed.client_id

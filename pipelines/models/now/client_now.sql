-- A row: a client in care on the as-of date: what is known of the client, and the client's place in the therapist's
-- caseload.
-- A column is null if nothing is recorded: unknown is neither yes, no nor zero.
-- `recent`: meetings per full week over the last four complete weeks, of which `recent_weeks` count; in the week of a
-- flag, over the flag's own weeks. `away_since`, `away_until`, `away_reason`: the planned absence, or the closure of
-- the site, on the as-of date.
-- `priority` orders a therapist's caseload, 1 first, by columns of this table: `call_rank`; then the newest flag; then
-- the strongest score (`call_score`); then the longest time since the last contact of any kind. `call_rank`: 1 an open
-- crisis; 2 a flag in force without any action yet; 3 recent use (rule `recent_use_days`); 4 a flag in force with an
-- action; 5 sobriety unknown; 6 none of these. `priority_reason`: the rank in words. `call_first`: ranks 1 to 4, the
-- clients shown first on a caseload page. A contact is a check-in, an attended session, or a conversation recorded in
-- the outreach journal. `near_usual`: recent meetings are about as many as usual (rule `near_usual_share`).
-- `new_in_care`: in the first days of the stay (rule `new_in_care_days`).
-- Published, ordered by therapist_id, priority.
WITH flag_now AS (
    SELECT *
    FROM decline_flags
    WHERE cleared_week IS NULL
    QUALIFY row_number() OVER (PARTITION BY client_id ORDER BY week DESC) = 1
),

score_now AS (
    SELECT * FROM week_score QUALIFY row_number() OVER (PARTITION BY client_id ORDER BY week DESC) = 1
),

met AS (
    SELECT client_id, max(meeting_date) AS last_meeting FROM attendance GROUP BY client_id
),

seen AS (
    SELECT client_id, max(session_date) AS last_session FROM sessions WHERE status = 'attended' GROUP BY client_id
),

task_now AS (
    SELECT
        client_id,
        count(*) AS open_tasks,
        count(*) FILTER (WHERE state = 'overdue') AS overdue_tasks,
        count(*) FILTER (WHERE place = 'in step') AS tasks_in_step
    FROM client_task
    WHERE state IN ('open', 'overdue')
    GROUP BY client_id
),

crisis_now AS (
    SELECT
        crises.client_id,
        count(*) AS open_crises,
        min(crises.opened_on) AS crisis_since,
        min_by(crises.kind, (crises.opened_on, crises.kind)) FILTER (WHERE crises.kind IS NOT NULL) AS crisis_kind
    FROM crises
    CROSS JOIN clock
    WHERE crises.resolved_on IS NULL OR crises.resolved_on > clock.as_of
    GROUP BY crises.client_id
),

absence_now AS (
    SELECT absences.*
    FROM absences
    CROSS JOIN clock
    WHERE absences.start_date <= clock.as_of AND absences.end_date >= clock.as_of
),

away AS (
    SELECT client_id, start_date, end_date, reason FROM absence_now WHERE client_id IS NOT NULL
    UNION ALL
    SELECT in_care.client_id, absence_now.start_date, absence_now.end_date, coalesce(absence_now.reason, 'closure')
    FROM absence_now
    JOIN in_care_now AS in_care ON absence_now.site = in_care.site
    WHERE absence_now.client_id IS NULL
),

away_now AS (
    SELECT
        client_id,
        min(start_date) AS away_since,
        max(end_date) AS away_until,
        max_by(reason, (end_date, reason)) FILTER (WHERE reason IS NOT NULL) AS away_reason
    FROM away
    GROUP BY client_id
),

together AS (
    SELECT
        in_care.client_id,
        in_care.therapist_id,
        in_care.site,
        in_care.program,
        in_care.level_of_care,
        in_care.primary_addiction,
        in_care.in_care_since,
        flag_now.client_id IS NOT NULL AS flagged,
        flag_now.kind AS flag_kind,
        flag_now.week AS flag_week,
        flag_now.score AS flag_score,
        flag_now.reason,
        flag_response.acted_on AS flag_acted_on,
        coalesce(score_now.judged, false) AS judged,
        CASE
            WHEN score_now.client_id IS NULL THEN 'less than a full week in care so far'
            ELSE score_now.judge_reason
        END AS judge_reason,
        coalesce(flag_now.usual, score_now.usual) AS usual,
        CASE WHEN flag_now.week = score_now.week THEN flag_now.recent ELSE score_now.attendance_recent END AS recent,
        CASE
            WHEN flag_now.week = score_now.week THEN flag_now.recent_weeks
            ELSE score_now.attendance_recent_weeks
        END AS recent_weeks,
        score_now.involvement_score,
        sobriety_now.sober_since,
        sobriety_now.sober_days,
        sobriety_now.sober_basis,
        sobriety_now.sober_confirmed_days,
        sobriety_now.sober_declared_days,
        sobriety_now.sober_unknown_days,
        sobriety_now.sober_carried_days,
        sobriety_now.declared_sobriety_date,
        sobriety_now.declared_conflict,
        sobriety_now.days_since_use,
        sobriety_now.confirmed_through,
        coalesce(sobriety_now.sobriety_status, 'unknown') AS sobriety_status,
        coalesce(sobriety_now.sobriety_band, 'unknown') AS sobriety_band,
        sobriety_now.longest_sober_days,
        sobriety_now.longest_sober_confirmed_days,
        sobriety_now.longest_sober_from,
        sobriety_now.pda_30,
        sobriety_now.pda_90,
        sobriety_now.pda_90_low,
        sobriety_now.pda_90_high,
        sobriety_now.known_90,
        answer.has_sponsor,
        answer.sponsor_role = 'therapist' AND coalesce(answer.has_sponsor, true) AS sponsor_is_therapist,
        answer.step,
        coalesce(task_now.open_tasks, 0) AS open_tasks,
        coalesce(task_now.overdue_tasks, 0) AS overdue_tasks,
        coalesce(task_now.tasks_in_step, 0) AS tasks_in_step,
        coalesce(contract.state, 'none') AS contract_status,
        coalesce(crisis_now.open_crises, 0) AS open_crises,
        crisis_now.crisis_since,
        crisis_now.crisis_kind,
        away_now.away_since,
        away_now.away_until,
        away_now.away_reason,
        answer.last_checkin,
        met.last_meeting,
        seen.last_session,
        contact_now.last_outreach_on,
        contact_now.last_outcome,
        contact_now.follow_up_on,
        nullif(
            greatest(
                coalesce(answer.last_checkin, DATE '0001-01-01'),
                coalesce(seen.last_session, DATE '0001-01-01'),
                coalesce(contact_now.last_spoke_on, DATE '0001-01-01')
            ),
            DATE '0001-01-01'
        ) AS last_contact
    FROM in_care_now AS in_care
    LEFT JOIN flag_now ON in_care.client_id = flag_now.client_id AND flag_now.week >= week_of(in_care.in_care_since)
    LEFT JOIN score_now ON in_care.client_id = score_now.client_id AND score_now.week >= week_of(in_care.in_care_since)
    LEFT JOIN sobriety_now ON in_care.client_id = sobriety_now.client_id
    LEFT JOIN latest_answer AS answer ON in_care.client_id = answer.client_id
    LEFT JOIN met ON in_care.client_id = met.client_id
    LEFT JOIN seen ON in_care.client_id = seen.client_id
    LEFT JOIN task_now ON in_care.client_id = task_now.client_id
    LEFT JOIN client_contract AS contract ON in_care.client_id = contract.client_id AND contract.latest = 1
    LEFT JOIN crisis_now ON in_care.client_id = crisis_now.client_id
    LEFT JOIN away_now ON in_care.client_id = away_now.client_id
    LEFT JOIN contact_now ON in_care.client_id = contact_now.client_id
    LEFT JOIN flag_response
        ON flag_now.client_id = flag_response.client_id AND flag_now.week = flag_response.week
),

ranked AS (
    SELECT
        *,
        CASE
            WHEN open_crises > 0 THEN 1
            WHEN flagged AND flag_acted_on IS NULL THEN 2
            WHEN sobriety_status = 'recent_use' THEN 3
            WHEN flagged THEN 4
            WHEN sobriety_status = 'unknown' THEN 5
            ELSE 6
        END AS call_rank,
        coalesce(flag_score, involvement_score, 0) AS call_score
    FROM together
)

SELECT
    *,
    CAST(row_number() OVER (
        PARTITION BY therapist_id
        ORDER BY
            call_rank,
            flag_week DESC NULLS LAST,
            call_score DESC,
            last_contact NULLS FIRST,
            client_id
    ) AS INTEGER) AS priority,
    CASE call_rank
        WHEN 1 THEN 'open crisis'
        WHEN 2 THEN 'involvement fell, no contact yet'
        WHEN 3 THEN 'use in the last ' || CAST(CAST(rule('recent_use_days') AS INTEGER) AS STRING) || ' days'
        WHEN 4 THEN 'involvement fell'
        WHEN 5 THEN 'sobriety unknown'
        ELSE 'no sign that calls for a contact'
    END AS priority_reason,
    call_rank <= 4 AS call_first,
    round(recent, 6) >= round(rule('near_usual_share') * usual, 6) AS near_usual,
    days_between(in_care_since, (SELECT as_of FROM clock)) < rule('new_in_care_days') AS new_in_care
FROM ranked

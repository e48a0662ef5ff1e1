-- A row: a flag, what was done about it, and whether involvement came back. A flag of a week can be seen from the
-- Monday after it (`seen_from`). It is acted on with the first journal entry of any kind from then on, until the
-- client's next flag can be seen: a message left, or a reason why no contact is needed, is an action too. `spoke_on`:
-- the first day on which client and therapist spoke. `days_to_act` counts from `seen_from`.
-- `acted_within_7`: acted on in time (rule `acted_within_days`). It is true from the day of the act on, and false once
-- the time is over; until then the flag is `still_open`. A flag that could be seen before the journal's first entry is
-- counted against nobody: both are null. Back at usual is counted from a week after `seen_from` on, for flags still in
-- force then, with or without a contact in that first week. Counted from the contact itself, a client who comes back by
-- chance before being called would make the contact look useless, and one who is never reached would have waited longer
-- (a landmark analysis: Anderson, Cain and Gelber, J Clin Oncol 1983). A client who left care before coming back did
-- not come back. This is an association only: therapists choose whom to call. Null: the flag was already cleared, or
-- its weeks are not over.
-- `acted_known_on`, `back_known_on`: the days on which the time to act, and the longer time to come back, are over.
-- `recent`: a flag of the last weeks that a caseload page counts (rule `recent_flags_weeks`).
-- Made client by client.
-- Published, ordered by client_id, week.
WITH flag AS (
    SELECT
        decline_flags.client_id,
        decline_flags.week,
        decline_flags.kind,
        decline_flags.cleared_week,
        care_week.span,
        care_week.therapist_id,
        care_week.site,
        care_week.program,
        care_week.level_of_care,
        care_week.primary_addiction,
        add_days(decline_flags.week, 7) AS seen_from,
        lead(decline_flags.week) OVER (PARTITION BY decline_flags.client_id ORDER BY decline_flags.week) AS next_flag
    FROM decline_flags
    JOIN care_week ON decline_flags.client_id = care_week.client_id AND decline_flags.week = care_week.week
),

act AS (
    SELECT
        flag.client_id,
        flag.week,
        min(entry.written_on) AS acted_on,
        min(entry.written_on) FILTER (WHERE entry.spoke) AS spoke_on
    FROM flag
    JOIN outreach_so_far AS entry
        ON flag.client_id = entry.client_id
        AND entry.written_on >= flag.seen_from
        AND (flag.next_flag IS NULL OR entry.written_on < add_days(flag.next_flag, 7))
    GROUP BY flag.client_id, flag.week
),

followed AS (
    SELECT
        flag.*,
        act.acted_on,
        act.spoke_on,
        days_between(flag.seen_from, act.acted_on) AS days_to_act,
        days_between(flag.seen_from, act.spoke_on) AS days_to_speak,
        days_between(flag.seen_from, clock.as_of) AS days_so_far,
        coalesce(flag.seen_from >= journal_from.first_day, false) AS in_journal,
        flag.cleared_week IS NULL OR flag.cleared_week > flag.seen_from AS in_force,
        days_between(flag.seen_from, flag.cleared_week) AS days_to_clear,
        days_between(flag.week, clock.as_of) AS days_since
    FROM flag
    CROSS JOIN clock
    CROSS JOIN journal_from
    LEFT JOIN act ON flag.client_id = act.client_id AND flag.week = act.week
)

SELECT
    client_id,
    week,
    span,
    kind,
    therapist_id,
    site,
    program,
    level_of_care,
    primary_addiction,
    seen_from,
    acted_on,
    spoke_on,
    days_to_act,
    CASE
        WHEN NOT in_journal THEN NULL
        WHEN days_to_act <= rule('acted_within_days') THEN true
        WHEN days_so_far >= rule('acted_within_days') THEN false
    END AS acted_within_7,
    CASE WHEN in_journal THEN days_to_act IS NULL AND days_so_far < rule('acted_within_days') END AS still_open,
    CASE WHEN in_journal THEN coalesce(days_to_speak <= rule('acted_within_days'), false) END AS contacted,
    cleared_week,
    CASE
        WHEN in_force AND days_so_far >= 7 * rule('back_within_weeks_early') + 6
            THEN coalesce(days_to_clear <= 7 * rule('back_within_weeks_early'), false)
    END AS back_within_4,
    CASE
        WHEN in_force AND days_so_far >= 7 * rule('back_within_weeks_late') + 6
            THEN coalesce(days_to_clear <= 7 * rule('back_within_weeks_late'), false)
    END AS back_within_8,
    add_days(seen_from, rule('acted_within_days')) AS acted_known_on,
    add_days(seen_from, 7 * rule('back_within_weeks_late') + 6) AS back_known_on,
    days_since < 7 * rule('recent_flags_weeks') AS recent
FROM followed

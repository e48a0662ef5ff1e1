-- A row: a flag, what was done about it, and whether involvement came back.
-- A flag of a week can be seen from the Monday after it (`seen_from`). It is acted on by the first entry of any kind that
-- the journal holds from then on, until the client's next flag: a message left, or a reason why no contact is needed, is
-- an act too. `spoke_on`: the first on which client and therapist spoke.
-- Back at usual is counted from a week after that Monday on, for those that still stood then, contacted in that first
-- week or not: counted from the contact itself, whoever comes back by chance before being called would make it look
-- useless, and whoever is never reached would have waited longer (a landmark analysis: Anderson, Cain and Gelber, J Clin
-- Oncol 1983). A client who left care before coming back did not come back. It is an association: who is called is no
-- accident. Null: the flag no longer stood, or its weeks are not over, whatever has happened in them so far.
-- Published, ordered by client_id, week.
WITH flag AS (
    SELECT
        decline_flags.client_id,
        decline_flags.week,
        decline_flags.kind,
        decline_flags.cleared_week,
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

told AS (
    SELECT outreach.*
    FROM outreach
    CROSS JOIN clock
    WHERE outreach.written_on <= clock.as_of
),

acted AS (
    SELECT
        flag.client_id,
        flag.week,
        min(told.written_on) AS acted_on,
        min(told.written_on) FILTER (WHERE told.outcome IN ('contacted', 'talked_in_session')) AS spoke_on
    FROM flag
    JOIN told
        ON flag.client_id = told.client_id
        AND told.written_on >= flag.seen_from
        AND told.written_on < coalesce(add_days(flag.next_flag, 7), DATE '9999-12-31')
    GROUP BY flag.client_id, flag.week
),

followed AS (
    SELECT
        flag.*,
        acted.acted_on,
        acted.spoke_on,
        coalesce(acted.spoke_on < add_days(flag.seen_from, 7), false) AS contacted,
        clock.as_of,
        flag.cleared_week IS NULL OR flag.cleared_week > flag.seen_from AS stood
    FROM flag
    CROSS JOIN clock
    LEFT JOIN acted ON flag.client_id = acted.client_id AND flag.week = acted.week
)

SELECT
    client_id,
    week,
    kind,
    therapist_id,
    site,
    program,
    level_of_care,
    primary_addiction,
    seen_from,
    acted_on,
    spoke_on,
    days_between(seen_from, acted_on) AS days_to_act,
    CASE
        WHEN days_between(seen_from, as_of) >= 7 THEN coalesce(days_between(seen_from, acted_on) <= 7, false)
    END AS acted_within_7,
    contacted,
    cleared_week,
    CASE
        WHEN stood AND days_between(seen_from, as_of) >= 34
            THEN coalesce(cleared_week <= add_days(seen_from, 28), false)
    END AS back_within_4,
    CASE
        WHEN stood AND days_between(seen_from, as_of) >= 62
            THEN coalesce(cleared_week <= add_days(seen_from, 56), false)
    END AS back_within_8
FROM followed

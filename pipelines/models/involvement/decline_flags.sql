-- A row: a client newly flagged in a week, with the reason in a sentence that quotes the client's own numbers.
-- Its facts: decline_fact.sql. `weeks_to_clear`: from the flag until the score was back under the threshold.
-- `fitted_on`: the date of the fit whose thresholds raised it, null for the defaults.
-- A published flag is kept: weeks that an earlier run scored are not judged again, even with other constants and
-- thresholds, except for clients with a corrected week (week_corrected.sql). Their flags may be `added` or `withdrawn`
-- (`revision`, on `revised_on`). A withdrawn flag is removed (decline_withdrawn.sql), unless a contact about it was
-- recorded; then it stays, cleared in its own week. Other weeks get new flags, some weeks after a published one (rule
-- `flags_apart_weeks`) and never while it is in force. A run that looks back (look_back.sql) shows what lies before its
-- as-of date (flag_so_far.sql). Source: docs/flags.md.
-- Made client by client.
-- Published, ordered by week, client_id.
WITH published AS (
    SELECT
        flag_so_far.*,
        decline_fact.client_id IS NOT NULL AS raised_again,
        coalesce(week_corrected.first_week <= flag_so_far.week, false) AS corrected,
        -- A contact that names no flag is about the last one that could then be seen.
        EXISTS (
            SELECT 1
            FROM outreach
            WHERE
                outreach.client_id = flag_so_far.client_id
                AND coalesce(
                    outreach.flag_week = flag_so_far.week,
                    days_between(flag_so_far.week, outreach.written_on) BETWEEN 7 AND 7 * rule('flags_apart_weeks') + 6
                )
        ) AS contacted,
        coalesce(week_corrected.first_week, add_days(scored_until.week, 7), flag_so_far.week) AS judged_from,
        week_score.stay
    FROM flag_so_far
    CROSS JOIN scored_until
    LEFT JOIN week_corrected ON flag_so_far.client_id = week_corrected.client_id
    LEFT JOIN decline_fact
        ON flag_so_far.client_id = decline_fact.client_id AND flag_so_far.week = decline_fact.week
    LEFT JOIN week_score
        ON flag_so_far.client_id = week_score.client_id AND flag_so_far.week = week_score.week
    WHERE flag_so_far.client_id IN (SELECT client_id FROM care_week)
),

-- The first week in which a flag in force was back under the threshold, in the stay in which it was raised. Weeks that
-- an earlier run scored did not clear it then.
back AS (
    SELECT published.client_id, published.week, min(later.week) AS cleared_week
    FROM published
    JOIN week_score AS later
        ON published.client_id = later.client_id
        AND published.stay = later.stay
        AND later.week > published.week
        AND later.week >= published.judged_from
        AND NOT later.above
    GROUP BY published.client_id, published.week
),

kept AS (
    SELECT
        published.client_id,
        published.stay,
        published.week,
        published.kind,
        published.score,
        published.usual,
        published.recent,
        published.recent_weeks,
        published.reason,
        CASE
            WHEN published.corrected AND NOT published.raised_again THEN published.week
            ELSE coalesce(published.cleared_week, back.cleared_week)
        END AS cleared_week,
        published.fitted_on,
        CASE
            WHEN published.corrected AND NOT published.raised_again AND published.revision IS DISTINCT FROM 'withdrawn'
                THEN (SELECT max(as_of) FROM clock)
            ELSE published.revised_on
        END AS revised_on,
        CASE
            WHEN published.corrected AND NOT published.raised_again THEN 'withdrawn'
            ELSE published.revision
        END AS revision
    FROM published
    LEFT JOIN back ON published.client_id = back.client_id AND published.week = back.week
    WHERE NOT published.corrected OR published.raised_again OR published.contacted
),

raised AS (
    SELECT
        decline_fact.client_id,
        decline_fact.stay,
        decline_fact.week,
        decline_fact.kind,
        decline_fact.score,
        decline_fact.usual,
        decline_fact.recent,
        decline_fact.recent_weeks,
        decline_reason.reason,
        decline_fact.cleared_week,
        decline_fact.fitted_on,
        CASE WHEN decline_fact.week <= scored_until.week THEN (SELECT max(as_of) FROM clock) END AS revised_on,
        CASE WHEN decline_fact.week <= scored_until.week THEN 'added' END AS revision
    FROM decline_fact
    CROSS JOIN scored_until
    LEFT JOIN decline_reason
        ON decline_fact.client_id = decline_reason.client_id AND decline_fact.week = decline_reason.week
    LEFT JOIN week_corrected ON decline_fact.client_id = week_corrected.client_id
    WHERE
        (
            scored_until.week IS NULL
            OR decline_fact.week > scored_until.week
            OR decline_fact.week >= week_corrected.first_week
        )
        AND NOT EXISTS (
            SELECT 1
            FROM kept
            WHERE
                kept.client_id = decline_fact.client_id
                AND (
                    abs(days_between(kept.week, decline_fact.week)) < 7 * rule('flags_apart_weeks')
                    OR (
                        kept.stay = decline_fact.stay
                        AND kept.week < decline_fact.week
                        AND coalesce(kept.cleared_week > decline_fact.week, true)
                    )
                )
        )
),

flag AS (
    SELECT * FROM kept
    UNION ALL
    SELECT * FROM raised
)

SELECT
    client_id,
    week,
    kind,
    score,
    usual,
    recent,
    CAST(recent_weeks AS INTEGER) AS recent_weeks,
    reason,
    cleared_week,
    CAST(days_between(week, cleared_week) / 7 AS INTEGER) AS weeks_to_clear,
    fitted_on,
    revised_on,
    revision
FROM flag

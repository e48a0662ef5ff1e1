-- A row: a client newly flagged in a week, with the reason in a sentence that quotes the client's own numbers.
-- Its facts: decline_fact.sql. `weeks_to_clear`: from the flag until the score was back under the threshold.
-- `fitted_on`: the date of the fit whose thresholds raised it, null for the defaults.
-- A published flag is kept: weeks that an earlier run scored are not judged again, even with other constants and
-- thresholds, except for clients with a corrected week (week_corrected.sql). `revision`, on `revised_on`, says what a
-- correction did to a flag:
-- `added`: it is of a week that had been scored without it.
-- `withdrawn`: its week was corrected, and it was not raised again. It is removed (decline_withdrawn.sql), unless a
-- contact about it was recorded; then it stays, cleared in its own week.
-- `revised`: its week was corrected, and it was raised again with other facts, which it now states; or it was cleared
-- in another week than before, or in one that had been scored without clearing it.
-- `reopened`: it had been cleared, and is in force again. A clearing before the first corrected week stays.
-- Other weeks get new flags, some weeks after a published one (rule `flags_apart_weeks`) and never while it is in
-- force. A run that looks back (look_back.sql) shows what lies before its as-of date (flag_so_far.sql). Source:
-- docs/flags.md.
-- Made client by client.
-- Published, ordered by week, client_id.
WITH published AS (
    SELECT
        flag_so_far.*,
        coalesce(week_corrected.first_week <= flag_so_far.week, false) AS corrected,
        coalesce(week_corrected.first_week <= flag_so_far.cleared_week, false) AS clearing_corrected,
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
        scored_until.week AS scored_until,
        week_score.stay
    FROM flag_so_far
    CROSS JOIN scored_until
    LEFT JOIN week_corrected ON flag_so_far.client_id = week_corrected.client_id
    LEFT JOIN week_score
        ON flag_so_far.client_id = week_score.client_id AND flag_so_far.week = week_score.week
    WHERE flag_so_far.client_id IN (SELECT client_id FROM care_week)
),

-- The first week in which a flag was back under the threshold, in the stay in which it was raised. Weeks that an
-- earlier run scored, and that were not corrected, did not clear it then.
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

-- The flags of corrected weeks that were raised again. `differs`: with other facts; a crumb of rounding is none.
again AS (
    SELECT
        published.client_id,
        published.week,
        fact.kind,
        fact.score,
        fact.usual,
        fact.recent,
        fact.recent_weeks,
        coalesce(decline_reason.reason, published.reason) AS reason,
        fact.fitted_on,
        fact.kind <> published.kind
        OR fact.recent_weeks <> published.recent_weeks
        OR abs(fact.score - published.score) > 0.00001
        OR coalesce(decline_reason.reason <> published.reason, false) AS differs
    FROM published
    JOIN decline_fact AS fact ON published.client_id = fact.client_id AND published.week = fact.week
    LEFT JOIN decline_reason ON fact.client_id = decline_reason.client_id AND fact.week = decline_reason.week
    WHERE published.corrected
),

judged AS (
    SELECT
        published.client_id,
        published.stay,
        published.week,
        CASE WHEN again.differs THEN again.kind ELSE published.kind END AS kind,
        CASE WHEN again.differs THEN again.score ELSE published.score END AS score,
        CASE WHEN again.differs THEN again.usual ELSE published.usual END AS usual,
        CASE WHEN again.differs THEN again.recent ELSE published.recent END AS recent,
        CASE WHEN again.differs THEN again.recent_weeks ELSE published.recent_weeks END AS recent_weeks,
        CASE WHEN again.differs THEN again.reason ELSE published.reason END AS reason,
        CASE WHEN again.differs THEN again.fitted_on ELSE published.fitted_on END AS fitted_on,
        published.cleared_week AS cleared_before,
        CASE
            WHEN published.corrected AND again.client_id IS NULL THEN published.week
            WHEN published.clearing_corrected AND published.stay IS NOT NULL THEN back.cleared_week
            ELSE coalesce(published.cleared_week, back.cleared_week)
        END AS cleared_week,
        published.scored_until,
        published.revised_on,
        published.revision,
        published.contacted,
        published.corrected AND again.client_id IS NULL AS is_gone,
        coalesce(again.differs, false) AS differs
    FROM published
    LEFT JOIN back ON published.client_id = back.client_id AND published.week = back.week
    LEFT JOIN again ON published.client_id = again.client_id AND published.week = again.week
),

changed AS (
    SELECT
        *,
        CASE
            WHEN is_gone THEN CASE WHEN revision IS DISTINCT FROM 'withdrawn' THEN 'withdrawn' END
            WHEN cleared_before IS NOT NULL AND cleared_week IS NULL THEN 'reopened'
            WHEN
                differs
                OR cleared_week <> cleared_before
                OR (cleared_before IS NULL AND cleared_week <= scored_until)
                THEN 'revised'
        END AS revision_now
    FROM judged
    WHERE NOT is_gone OR contacted
),

kept AS (
    SELECT
        client_id,
        stay,
        week,
        kind,
        score,
        usual,
        recent,
        recent_weeks,
        reason,
        cleared_week,
        fitted_on,
        CASE WHEN revision_now IS NULL THEN revised_on ELSE (SELECT max(as_of) FROM clock) END AS revised_on,
        coalesce(revision_now, revision) AS revision
    FROM changed
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

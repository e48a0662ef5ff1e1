-- A row: a decline flag that an earlier run published, as it was known on the as-of date: a later flag, and what a run
-- with a later date changed about one, is left out.
-- Made client by client.
SELECT
    flag_published.client_id,
    flag_published.week,
    flag_published.kind,
    flag_published.score,
    flag_published.usual,
    flag_published.recent,
    flag_published.recent_weeks,
    flag_published.reason,
    CASE
        WHEN add_days(flag_published.cleared_week, 6) <= clock.as_of THEN flag_published.cleared_week
    END AS cleared_week,
    flag_published.fitted_on,
    CASE WHEN flag_published.revised_on <= clock.as_of THEN flag_published.revised_on END AS revised_on,
    CASE WHEN flag_published.revised_on <= clock.as_of THEN flag_published.revision END AS revision
FROM flag_published
CROSS JOIN clock
WHERE add_days(flag_published.week, 6) <= clock.as_of

-- One row: whether this run looks back, that is, whether earlier runs published something that lies after its as-of
-- date. If so, everything that they published is set aside in flag_set_aside, week_set_aside and withdrawn_set_aside.
-- The next run goes on from these tables; nothing else reads them, and in any other run they are empty.
WITH published AS (
    SELECT add_days(week, 6) AS known_on FROM week_published
    UNION ALL
    SELECT revised_on FROM flag_published
    UNION ALL
    SELECT revised_on FROM withdrawn_published
)

SELECT coalesce(max(published.known_on) > max(clock.as_of), false) AS looks_back
FROM published
CROSS JOIN clock

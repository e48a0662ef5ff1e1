-- A row: the one row of the table says whether this run looks back: whether the runs before it published something that lies
-- after its as-of date. Then all that they published is set aside for the run that goes on from there (flag_set_aside.sql,
-- week_set_aside.sql, withdrawn_set_aside.sql).
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

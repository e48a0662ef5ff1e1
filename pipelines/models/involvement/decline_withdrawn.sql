-- A row: a flag that an earlier run published and that a corrected delivery withdrew, and on which as-of date.
-- Made client by client.
-- Published, ordered by week, client_id.
WITH gone AS (
    SELECT client_id, week, kind, revised_on
    FROM withdrawn_published
    WHERE revised_on <= (SELECT max(as_of) FROM clock)
    UNION ALL
    SELECT flag_published.client_id, flag_published.week, flag_published.kind, (SELECT max(as_of) FROM clock)
    FROM flag_published
    LEFT JOIN decline_flags
        ON flag_published.client_id = decline_flags.client_id AND flag_published.week = decline_flags.week
    WHERE decline_flags.client_id IS NULL AND add_days(flag_published.week, 6) <= (SELECT max(as_of) FROM clock)
)

SELECT client_id, week, kind, revised_on
FROM gone
WHERE client_id IN (SELECT client_id FROM care_week)

-- A row: a flag that an earlier run published and that a corrected delivery withdrew, and on which as-of date.
-- Made client by client.
-- Published, ordered by week, client_id.
WITH gone AS (
    SELECT client_id, week, kind, revised_on
    FROM withdrawn_published
    WHERE revised_on <= (SELECT max(as_of) FROM clock)
    UNION ALL
    SELECT flag_so_far.client_id, flag_so_far.week, flag_so_far.kind, (SELECT max(as_of) FROM clock)
    FROM flag_so_far
    LEFT JOIN decline_flags
        ON flag_so_far.client_id = decline_flags.client_id AND flag_so_far.week = decline_flags.week
    WHERE decline_flags.client_id IS NULL
)

SELECT client_id, week, kind, revised_on
FROM gone
WHERE client_id IN (SELECT client_id FROM care_week)

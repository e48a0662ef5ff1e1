-- A row: the day from which flags are counted (there is one): the last of the first week in which at least half of the
-- clients in care could be judged. Before, hardly anyone could be flagged, and so few flags would look like a good time.
SELECT add_days(min(week), 6) AS day
FROM (
    SELECT week
    FROM week_score
    GROUP BY week
    HAVING 2 * sum(CASE WHEN judged THEN 1 ELSE 0 END) >= count(*)
) AS half_judged

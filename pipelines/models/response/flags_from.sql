-- One row: the day from which flags are counted: the last day of the first week in which at least half of the clients
-- in care could be judged. Earlier, few flags would only mean that hardly anyone could be flagged.
SELECT add_days(min(week), 6) AS day
FROM (
    SELECT week
    FROM week_score
    GROUP BY week
    HAVING 2 * sum(CASE WHEN judged THEN 1 ELSE 0 END) >= count(*)
) AS half_judged

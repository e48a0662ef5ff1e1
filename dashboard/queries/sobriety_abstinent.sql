-- A row: all clients in care (member `all`) or those of a site, and their percent of days abstinent over the last 90
-- days in care: means over the clients, as shares. `low` counts every unknown day as use, `high` every one as
-- abstinent;
-- `value` goes by the known days, and is null if fewer than half of the days are known.
SELECT
    CASE WHEN grouping(site) = 1 THEN 'all' ELSE site END AS member,
    count(pda_90_low) AS clients,
    avg(pda_90_low) / 100 AS low,
    avg(pda_90_high) / 100 AS high,
    CASE
        WHEN avg(known_90) >= (SELECT value FROM rules WHERE name = 'known_share_least') THEN avg(pda_90) / 100
    END AS value,
    avg(known_90) AS known
FROM (
    SELECT coalesce(site, 'unknown') AS site, pda_90, pda_90_low, pda_90_high, known_90
    FROM client_now
    WHERE $therapist_id IS NULL OR coalesce(therapist_id, 'unknown') = $therapist_id
)
GROUP BY GROUPING SETS ((), (site))
HAVING count(pda_90_low) > 0
ORDER BY grouping(site) DESC, member

-- A row: a site or a therapist, how many of the clients in care there have unknown sobriety, and their share. Only the
-- `$groups` groups with the most such clients are given; `groups_in_all` says of how many.
-- `unknown_in_all`, `clients_in_all`: of all groups together.
WITH client AS (
    SELECT
        sobriety_status = 'unknown' AS is_unknown,
        coalesce(CASE $breakdown WHEN 'site' THEN site ELSE therapist_id END, 'unknown') AS member
    FROM client_now
    WHERE $therapist_id IS NULL OR coalesce(therapist_id, 'unknown') = $therapist_id
)

SELECT
    member,
    count(*) FILTER (WHERE is_unknown) AS unknown,
    count(*) AS clients,
    count(*) FILTER (WHERE is_unknown) / count(*)::DOUBLE AS share,
    count(*) OVER () AS groups_in_all,
    sum(count(*) FILTER (WHERE is_unknown)) OVER ()::BIGINT AS unknown_in_all,
    sum(count(*)) OVER ()::BIGINT AS clients_in_all
FROM client
GROUP BY member
ORDER BY unknown DESC, share DESC, member
LIMIT $groups

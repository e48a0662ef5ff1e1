-- A row: a client in care on the as-of date, since when, and where: the episode of that day (of several, the one that
-- began last).
-- Made client by client.
WITH episode_now AS (
    SELECT *
    FROM care_span
    QUALIFY row_number() OVER (
        PARTITION BY client_id ORDER BY last_day DESC, start_date DESC, program NULLS LAST
    ) = 1
)

SELECT
    stay.client_id,
    stay.start_date AS in_care_since,
    episode_now.therapist_id,
    episode_now.site,
    episode_now.program,
    episode_now.level_of_care,
    episode_now.primary_addiction
FROM stay
JOIN episode_now ON stay.client_id = episode_now.client_id
CROSS JOIN clock
WHERE stay.start_date <= clock.as_of AND coalesce(stay.end_date, clock.as_of) >= clock.as_of

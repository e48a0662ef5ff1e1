-- A row: a client in care on the as-of date, since when, and where: the episode of that day (of several, the one that began
-- last).
-- Made client by client.
WITH episode_now AS (
    SELECT care_span.*
    FROM care_span
    CROSS JOIN clock
    QUALIFY row_number() OVER (
        PARTITION BY care_span.client_id
        ORDER BY care_span.last_day DESC, care_span.start_date DESC, care_span.program NULLS LAST
    ) = 1
)

SELECT
    stay.client_id,
    stay.stay,
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

-- A row: an episode of a stay, numbered from the stay's first (`from_first` 1) and from its last (`from_last` 1: the
-- episode still open, else the one that ended last).
-- Made client by client.
SELECT
    stay.stay,
    care_span.*,
    row_number() OVER (
        PARTITION BY stay.client_id, stay.stay ORDER BY care_span.start_date, care_span.program NULLS LAST
    ) AS from_first,
    row_number() OVER (
        PARTITION BY stay.client_id, stay.stay
        ORDER BY care_span.end_date DESC NULLS FIRST, care_span.start_date DESC, care_span.program NULLS LAST
    ) AS from_last
FROM stay
JOIN care_span
    ON stay.client_id = care_span.client_id
    AND care_span.start_date BETWEEN stay.start_date AND stay.last_day

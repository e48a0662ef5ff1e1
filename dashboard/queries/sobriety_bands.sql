-- A row: a band of sober days, and how many clients in care are in it; `unknown` if nothing was heard for 14 days.
SELECT
    band.name AS band,
    count(client_now.client_id) AS clients,
    sum(count(client_now.client_id)) OVER ()::BIGINT AS in_care
FROM (VALUES (1, '<30'), (2, '30-89'), (3, '90-364'), (4, '365+'), (5, 'unknown')) AS band(place, name)
LEFT JOIN client_now
    ON band.name = client_now.sobriety_band
    AND ($therapist_id IS NULL OR coalesce(client_now.therapist_id, 'unknown') = $therapist_id)
GROUP BY band.place, band.name
ORDER BY band.place

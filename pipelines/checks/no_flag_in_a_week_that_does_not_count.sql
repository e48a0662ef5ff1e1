-- Missing data never makes a flag.
SELECT decline_flags.client_id, decline_flags.week
FROM decline_flags
LEFT JOIN client_week ON decline_flags.client_id = client_week.client_id AND decline_flags.week = client_week.week
WHERE coalesce(client_week.exposure, 0) = 0

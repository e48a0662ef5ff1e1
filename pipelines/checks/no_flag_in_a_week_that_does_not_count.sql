-- Missing data never makes a flag. A flag that an earlier run published stands, whatever became of its week since.
SELECT decline_flags.client_id, decline_flags.week
FROM decline_flags
LEFT JOIN client_week ON decline_flags.client_id = client_week.client_id AND decline_flags.week = client_week.week
LEFT JOIN flag_published AS before ON decline_flags.client_id = before.client_id AND decline_flags.week = before.week
WHERE coalesce(client_week.exposure, 0) = 0 AND before.client_id IS NULL

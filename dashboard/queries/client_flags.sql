-- A row: a flag of the client, the newest first: what was done about it, when involvement was back, and what a
-- correction did to it.
SELECT
    decline_flags.week,
    decline_flags.kind,
    decline_flags.weeks_to_clear,
    flag_response.days_to_act::INTEGER AS days_to_act,
    decline_flags.revision,
    decline_flags.revised_on
FROM decline_flags
LEFT JOIN flag_response
    ON decline_flags.client_id = flag_response.client_id AND decline_flags.week = flag_response.week
WHERE decline_flags.client_id = $client_id
ORDER BY decline_flags.week DESC

-- A row: a week that counts, and its meetings, among the weeks that a flag's sentence lists one by one: for a client
-- with too few weeks for a usual level, the last ones up to the flag's (`listed_weeks` of decline_constant.toml).
-- Made client by client.
SELECT decline_fact.client_id, decline_fact.week, here.week AS listed_week, here.meetings
FROM decline_fact
CROSS JOIN decline_constant
JOIN involvement_week AS here
    ON decline_fact.client_id = here.client_id
    AND here.week BETWEEN add_days(decline_fact.week, 7 - 7 * decline_constant.listed_weeks) AND decline_fact.week
WHERE decline_fact.short_history AND here.weeks_of > 0

-- A row: a client newly flagged in a week, with the reason in a sentence that quotes the client's own numbers.
-- What it rests on: decline_fact.sql. `weeks_to_clear`: from the flag until the score was back under the threshold.
-- `fitted_on`: of the fit whose thresholds raised it, null where the defaults did.
-- Published, ordered by week, client_id.
SELECT
    decline_fact.client_id,
    decline_fact.week,
    decline_fact.kind,
    decline_fact.score,
    decline_fact.usual,
    decline_fact.recent,
    decline_fact.recent_weeks,
    decline_reason.reason,
    decline_fact.cleared_week,
    CAST(days_between(decline_fact.week, decline_fact.cleared_week) / 7 AS INTEGER) AS weeks_to_clear,
    decline_fact.fitted_on
FROM decline_fact
LEFT JOIN decline_reason ON decline_fact.client_id = decline_reason.client_id AND decline_fact.week = decline_reason.week

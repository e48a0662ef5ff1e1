-- One row: constants of the flag, by moments, from the weeks in which clients are not seen to have changed. What a clinic
-- shows too little of stays null, and the default serves.
-- Meetings prior: a gamma over clients' rates, its variance that of the observed rates less what chance adds to them.
-- Dispersion: the mean squared standardised residual. Holiday and step-down factors: meetings over those expected.
WITH told AS (
    SELECT
        evidence.client_id,
        evidence.meetings,
        evidence.weeks_of,
        evidence.levels_down,
        evidence.meetings_surprise,
        evidence.counted_weeks,
        ratio(evidence.meetings_base, evidence.meetings_base_of) * evidence.weeks_of AS meetings_usual,
        is_holiday_week(evidence.week) AS in_holidays
    FROM week_evidence AS evidence
    JOIN unchanged_week
        ON evidence.client_id = unchanged_week.client_id AND evidence.week = unchanged_week.week
    WHERE unchanged_week.unchanged AND evidence.weeks_of > 0
),

summed AS (
    SELECT
        count(*) AS client_weeks,
        avg(meetings_surprise) FILTER (WHERE counted_weeks >= 5) AS dispersion,
        sum(meetings) FILTER (WHERE in_holidays AND counted_weeks >= 5) AS held_in_holidays,
        sum(meetings_usual) FILTER (WHERE in_holidays AND counted_weeks >= 5) AS usual_in_holidays,
        sum(meetings) FILTER (WHERE levels_down BETWEEN 0.75 AND 1.25 AND NOT in_holidays) AS held_stepped_down,
        sum(meetings_usual) FILTER (WHERE levels_down BETWEEN 0.75 AND 1.25 AND NOT in_holidays) AS usual_stepped_down
    FROM told
),

client AS (
    SELECT client_id, sum(meetings) / sum(weeks_of) AS rate, sum(weeks_of) AS weeks
    FROM told
    WHERE NOT in_holidays
    GROUP BY client_id
    HAVING sum(weeks_of) >= 8
),

spread AS (
    SELECT
        count(*) AS clients,
        avg(rate) AS mean,
        greatest(
            var_samp(rate) - max(summed.dispersion) * avg(rate) * avg(1 / weeks), 0.1 * avg(rate) * avg(rate)
        ) AS variance
    FROM client
    CROSS JOIN summed
)

SELECT
    summed.client_weeks,
    CASE WHEN clients >= 50 AND mean > 0 THEN round(mean * mean / variance, 6) END AS meetings_prior,
    CASE WHEN clients >= 50 AND mean > 0 THEN round(mean / variance, 6) END AS meetings_prior_weeks,
    round(least(greatest(summed.dispersion, 0.6), 2.0), 6) AS dispersion_prior,
    CASE WHEN usual_in_holidays >= 100 THEN round(least(greatest(held_in_holidays / usual_in_holidays, 0.4), 1.0), 6) END
    AS holiday_factor,
    CASE WHEN usual_stepped_down >= 100 THEN round(least(greatest(held_stepped_down / usual_stepped_down, 0.4), 1.0), 6) END
    AS step_down_factor
FROM summed
CROSS JOIN spread

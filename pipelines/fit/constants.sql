-- One row: constants of the flag, by moments, from the weeks before a visible change of the client. A constant with too
-- few data stays null, and the default is used. Meetings prior: a gamma over clients' rates, its variance that of the
-- observed rates less what chance adds to them. Dispersion: the mean squared standardised residual, whose prior is the
-- root mean square over clients (less what chance adds to it), which exceeds their mean if clients differ, because the
-- irregular ones raise most false alerts. Holiday and step-down factors: meetings over those expected. Settling: how
-- much more clients attend in their first six weeks in care than in weeks 9 and after, for the curve that
-- involvement_week.sql assumes. Agreed: meetings over those agreed to, once a client has settled.
WITH here AS (
    SELECT
        involvement_week.*,
        care_week.weeks_in_care,
        coalesce(care_week.weeks_in_care, 99) > 8 AS settled,
        is_holiday_week(involvement_week.week) AS in_holidays,
        power(sign_week.counted - sign_week.expected, 2)
        / nullif(sign_week.expected * (1 + ratio(sign_week.out_of, sign_week.out_of_before + 1)), 0) AS surprise
    FROM involvement_week
    JOIN unchanged_week
        ON involvement_week.client_id = unchanged_week.client_id AND involvement_week.week = unchanged_week.week
    JOIN care_week
        ON involvement_week.client_id = care_week.client_id AND involvement_week.week = care_week.week
    JOIN sign_week
        ON involvement_week.client_id = sign_week.client_id
        AND involvement_week.week = sign_week.week
        AND sign_week.sign = 'meetings'
    WHERE unchanged_week.unchanged AND unchanged_week.falls = 0 AND involvement_week.weeks_of > 0
),

client AS (
    SELECT client_id, sum(meetings) / sum(weeks_of) AS rate, sum(weeks_of) AS weeks
    FROM here
    WHERE settled AND NOT in_holidays
    GROUP BY client_id
    HAVING sum(weeks_of) >= 8
),

summed AS (
    SELECT
        count(*) AS client_weeks,
        sum(meetings) FILTER (WHERE in_holidays AND usual_weeks >= 5) AS attended_in_holidays,
        sum(usual * weeks_of) FILTER (WHERE in_holidays AND usual_weeks >= 5) AS usual_in_holidays,
        sum(meetings) FILTER (WHERE levels_down BETWEEN 0.75 AND 1.25 AND NOT in_holidays) AS attended_stepped_down,
        sum(usual * weeks_of) FILTER (WHERE levels_down BETWEEN 0.75 AND 1.25 AND NOT in_holidays)
        AS usual_stepped_down,
        sum(meetings) FILTER (WHERE settled AND agreed_meetings > 0 AND NOT in_holidays) AS attended_agreed,
        sum(agreed_meetings * weeks_of) FILTER (WHERE settled AND agreed_meetings > 0 AND NOT in_holidays) AS agreed
    FROM here
),

irregularity AS (
    SELECT client_id, avg(surprise) AS dispersion, count(*) AS weeks FROM here WHERE usual_weeks >= 5 GROUP BY client_id
),

dispersed AS (
    SELECT
        sum(weeks * dispersion) / sum(weeks) AS mean_dispersion,
        sqrt(sum(weeks * power(dispersion, 2) * weeks / (weeks + 2)) / sum(weeks)) AS root_mean_square
    FROM irregularity
),

settling AS (
    SELECT
        sum(here.meetings) AS attended,
        sum(client.rate * here.weeks_of) AS usual,
        sum(client.rate * here.weeks_of * exp(-(here.weeks_in_care - 1) / decline_constant.settling_weeks)) AS faded
    FROM here
    JOIN client ON here.client_id = client.client_id
    CROSS JOIN decline_constant
    WHERE here.weeks_in_care <= 6 AND NOT here.in_holidays
),

spread AS (
    SELECT
        count(*) AS clients,
        avg(rate) AS mean,
        greatest(
            var_samp(rate) - max(dispersed.mean_dispersion) * avg(rate) * avg(1 / weeks), 0.1 * avg(rate) * avg(rate)
        ) AS variance
    FROM client
    CROSS JOIN dispersed
)

SELECT
    summed.client_weeks,
    CASE WHEN clients >= 50 AND mean > 0 THEN round(mean * mean / variance, 6) END AS meetings_prior,
    CASE WHEN clients >= 50 AND mean > 0 THEN round(mean / variance, 6) END AS meetings_prior_weeks,
    round(least(greatest(dispersed.root_mean_square, 0.6), 2.0), 6) AS dispersion_prior,
    CASE
        WHEN usual_in_holidays >= 100 THEN round(least(greatest(attended_in_holidays / usual_in_holidays, 0.4), 1.0), 6)
    END
    AS holiday_factor,
    CASE
        WHEN usual_stepped_down >= 100
            THEN round(least(greatest(attended_stepped_down / usual_stepped_down, 0.4), 1.0), 6)
    END
    AS step_down_factor,
    CASE
        WHEN settling.usual >= 300
            THEN round(least(greatest((settling.attended - settling.usual) / settling.faded, -0.5), 2.0), 6)
    END
    AS settling,
    CASE WHEN agreed >= 300 THEN round(least(greatest(attended_agreed / agreed, 0.2), 2.0), 6) END AS agreed_kept
FROM summed
CROSS JOIN dispersed
CROSS JOIN settling
CROSS JOIN spread

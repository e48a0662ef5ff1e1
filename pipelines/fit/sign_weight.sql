-- A row: a sign, and how often it falls when involvement falls, as this clinic's own falls show: of the weights from
-- 0.05 to 0.95 the one under which its evidence in these falls is likeliest. No label is needed: a fall here is six
-- weeks in a row with the score of meetings alone over its threshold. One in which nothing but meetings fell says
-- nothing about how the signs fall together, so each counts with the probability, by the declared weights, that it was
-- not such a one. The declared weight is a prior worth twenty falls.
WITH marked AS (
    SELECT
        client_id,
        stay,
        week,
        attendance_score > threshold.attendance AS fallen,
        row_number() OVER (PARTITION BY client_id, stay ORDER BY week) AS place
    FROM week_score
    JOIN decline_threshold_accepted AS threshold
        ON quarter_of(week_score.week) = threshold.quarter
        AND week_score.history BETWEEN threshold.history_from AND threshold.history_to
    WHERE week_score.exposure > 0
),

run AS (
    SELECT
        client_id,
        week,
        fallen,
        place - row_number() OVER (PARTITION BY client_id, stay, fallen ORDER BY week) AS run,
        stay
    FROM marked
),

fall AS (
    SELECT client_id, min(week) AS first_week
    FROM run
    WHERE fallen
    GROUP BY client_id, stay, run
    HAVING count(*) >= 6
),

-- The evidence of each sign over the fall's first four weeks.
fallen AS (
    SELECT fall.client_id, fall.first_week, sign_week.sign, least(sign_week.evidence_4, 20) AS evidence
    FROM fall
    JOIN sign_week
        ON fall.client_id = sign_week.client_id AND sign_week.week = add_days(fall.first_week, 21)
    WHERE sign_week.sign <> 'meetings' AND sign_week.counted_before > 0 AND sign_week.evidence_4 <> 0
),

together AS (
    SELECT
        fallen.client_id,
        fallen.first_week,
        exp(sum(ln(1 - decline_sign.weight + decline_sign.weight * exp(fallen.evidence)))) AS likelihood_ratio
    FROM fallen
    JOIN decline_sign ON fallen.sign = decline_sign.name
    GROUP BY fallen.client_id, fallen.first_week
),

weighed AS (
    SELECT
        fallen.sign,
        fallen.evidence,
        involvement_share * likelihood_ratio / (involvement_share * likelihood_ratio + attendance_share) AS probability
    FROM fallen
    JOIN together ON fallen.client_id = together.client_id AND fallen.first_week = together.first_week
    CROSS JOIN decline_constant
),

offered AS (
    SELECT step / CAST(20.0 AS DOUBLE) AS weight FROM (SELECT unnest(numbers_from_to(1, 19)) AS step) AS steps
),

likelihood AS (
    SELECT
        decline_sign.name AS sign,
        offered.weight,
        20 * (max(decline_sign.weight) * ln(offered.weight) + (1 - max(decline_sign.weight)) * ln(1 - offered.weight))
        + coalesce(sum(weighed.probability * ln(1 - offered.weight + offered.weight * exp(weighed.evidence))), 0)
        AS log_likelihood
    FROM decline_sign
    CROSS JOIN offered
    LEFT JOIN weighed ON decline_sign.name = weighed.sign
    WHERE decline_sign.name <> 'meetings'
    GROUP BY decline_sign.name, offered.weight
)

SELECT sign, max_by(weight, round(log_likelihood, 9)) AS weight
FROM likelihood
GROUP BY sign

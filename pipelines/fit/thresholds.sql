-- A row: a rate of false alerts a client-year, and the least scores that keep to it on the shuffled weeks, of clients
-- with nine weeks and more to compare with (decline_history.toml for shorter histories); null if none does. An alert
-- is a week over the threshold whose counted week before was not, some weeks after the last (rule `flags_apart_weeks`).
-- The default score is a prior worth twenty alerts, so that a small clinic's thresholds do not go far by luck.
-- Attendance is measured on all clients, involvement on those who have shown another sign.
WITH counted AS (
    SELECT
        client_id,
        stay,
        week,
        max(signs) OVER (PARTITION BY client_id) > 0 AS has_signs,
        attendance_score,
        involvement_score
    FROM week_score
    WHERE exposure > 0 AND history >= 9
),

scored AS (
    SELECT 'attendance' AS fall, client_id, stay, week, attendance_score AS score FROM counted
    UNION ALL
    SELECT 'involvement', client_id, stay, week, involvement_score FROM counted WHERE has_signs
),

followed AS (
    SELECT *, lag(score) OVER (PARTITION BY fall, client_id, stay ORDER BY week) AS score_before FROM scored
),

years AS (
    SELECT fall, count(*) / 52.18 AS years FROM scored GROUP BY fall
),

offered AS (
    SELECT step / CAST(25.0 AS DOUBLE) AS threshold FROM (SELECT unnest(numbers_from_to(-15, 100)) AS step) AS steps
),

crossing AS (
    SELECT
        followed.fall,
        offered.threshold,
        followed.week,
        lag(followed.week) OVER (
            PARTITION BY followed.fall, offered.threshold, followed.client_id ORDER BY followed.week
        ) AS over_before
    FROM followed
    JOIN offered ON followed.score > offered.threshold AND coalesce(followed.score_before, -9) <= offered.threshold
),

alerts AS (
    SELECT fall, threshold, count(*) AS alerts
    FROM crossing
    WHERE over_before IS NULL OR days_between(over_before, week) >= 7 * rule('flags_apart_weeks')
    GROUP BY fall, threshold
),

kept_to AS (
    SELECT
        years.fall,
        wanted.false_alerts_per_year,
        max(CASE years.fall WHEN 'attendance' THEN wanted.attendance ELSE wanted.involvement END) AS default_threshold,
        max(wanted.false_alerts_per_year * years.years) AS alerts_accepted,
        min(offered.threshold) AS threshold
    FROM years
    CROSS JOIN offered
    CROSS JOIN decline_threshold_default AS wanted
    LEFT JOIN alerts ON years.fall = alerts.fall AND offered.threshold = alerts.threshold
    WHERE coalesce(alerts.alerts, 0) <= wanted.false_alerts_per_year * years.years
    GROUP BY years.fall, wanted.false_alerts_per_year
),

weighed AS (
    SELECT
        fall,
        false_alerts_per_year,
        (20 * default_threshold + alerts_accepted * threshold) / (20 + alerts_accepted) AS threshold
    FROM kept_to
)

SELECT
    wanted.false_alerts_per_year,
    max(CASE WHEN weighed.fall = 'attendance' THEN weighed.threshold END) AS attendance,
    max(CASE WHEN weighed.fall = 'involvement' THEN weighed.threshold END) AS involvement
FROM decline_threshold_default AS wanted
LEFT JOIN weighed ON wanted.false_alerts_per_year = weighed.false_alerts_per_year
GROUP BY wanted.false_alerts_per_year

-- A row: a rate of false alerts a client-year, and the least scores that keep to it on the shuffled weeks, of clients with
-- nine weeks and more to compare with (decline_history.toml for shorter histories); null where none does.
-- An alert is a week over the threshold whose counted week before was not, 5 weeks after the last at least. The default
-- score is a prior worth twenty alerts, so that a small clinic's thresholds do not go far by luck.
-- Attendance is measured on all clients, involvement on those who have shown another sign.
WITH counted AS (
    SELECT
        client_id,
        week,
        max(signs) OVER (PARTITION BY client_id) > 0 AS has_signs,
        attendance_score,
        involvement_score,
        lag(attendance_score) OVER weeks AS attendance_before,
        lag(involvement_score) OVER weeks AS involvement_before
    FROM week_score
    WHERE exposure > 0 AND history >= 9
    WINDOW weeks AS (PARTITION BY client_id, stay ORDER BY week)
),

years AS (
    SELECT
        count(*) / 52.18 AS attendance,
        count(*) FILTER (WHERE has_signs) / 52.18 AS involvement
    FROM counted
),

offered AS (
    SELECT step / CAST(25.0 AS DOUBLE) AS threshold FROM (SELECT unnest(numbers_from_to(-15, 100)) AS step) AS steps
),

attendance_over AS (
    SELECT
        offered.threshold,
        lag(counted.week) OVER (PARTITION BY offered.threshold, client_id ORDER BY counted.week) AS over_before,
        counted.week
    FROM counted
    JOIN offered
        ON counted.attendance_score > offered.threshold AND coalesce(attendance_before, -9) <= offered.threshold
),

involvement_over AS (
    SELECT
        offered.threshold,
        lag(counted.week) OVER (PARTITION BY offered.threshold, client_id ORDER BY counted.week) AS over_before,
        counted.week
    FROM counted
    JOIN offered
        ON counted.involvement_score > offered.threshold AND coalesce(involvement_before, -9) <= offered.threshold
    WHERE counted.has_signs
),

alerts AS (
    SELECT threshold, CAST(sum(attendance) AS BIGINT) AS attendance, CAST(sum(involvement) AS BIGINT) AS involvement
    FROM (
        SELECT threshold, 1 AS attendance, 0 AS involvement
        FROM attendance_over
        WHERE coalesce(days_between(over_before, week), 35) >= 35
        UNION ALL
        SELECT threshold, 0, 1
        FROM involvement_over
        WHERE coalesce(days_between(over_before, week), 35) >= 35
        UNION ALL
        SELECT threshold, 0, 0 FROM offered
    ) AS each_alert
    GROUP BY threshold
),

rates AS (
    SELECT
        alerts.threshold,
        ratio(alerts.attendance, years.attendance) AS attendance,
        ratio(alerts.involvement, years.involvement) AS involvement
    FROM alerts
    CROSS JOIN years
),

kept_to AS (
    SELECT
        wanted.false_alerts_per_year,
        max(wanted.attendance) AS attendance_default,
        max(wanted.involvement) AS involvement_default,
        min(rates.threshold) FILTER (WHERE rates.attendance <= wanted.false_alerts_per_year) AS attendance,
        min(rates.threshold) FILTER (WHERE rates.involvement <= wanted.false_alerts_per_year) AS involvement
    FROM rates
    CROSS JOIN decline_threshold_default AS wanted
    GROUP BY wanted.false_alerts_per_year
)

SELECT
    kept_to.false_alerts_per_year,
    (20 * attendance_default + kept_to.false_alerts_per_year * years.attendance * kept_to.attendance)
    / (20 + kept_to.false_alerts_per_year * years.attendance) AS attendance,
    (20 * involvement_default + kept_to.false_alerts_per_year * years.involvement * kept_to.involvement)
    / (20 + kept_to.false_alerts_per_year * years.involvement) AS involvement
FROM kept_to
CROSS JOIN years

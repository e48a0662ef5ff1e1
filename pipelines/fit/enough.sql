-- One row: the week by which there are $weeks client-weeks to fit to; null if there never are.
WITH counted AS (
    SELECT week, sum(count(*)) OVER (ORDER BY week) AS weeks_so_far
    FROM care_week
    WHERE exposure > 0
    GROUP BY week
)

SELECT min(week) AS week FROM counted WHERE weeks_so_far >= $weeks

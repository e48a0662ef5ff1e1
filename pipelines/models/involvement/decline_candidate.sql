-- A row: a client in a week with the score over the threshold (`week_score.above`), who could be newly flagged in that
-- week. Who is flagged depends on the flags before (pipelines/turns.py).
-- `run`: weeks over the threshold in a row, numbered by client; weeks that do not count are skipped. `cleared_week`:
-- the next week of the stay with the score back under it.
-- `caseload`: the therapist's, or the site's if no therapist is named. `room`: how many of it may be newly flagged in
-- the week: the share that the clinic accepts, rounded up to whole clients.
WITH scored AS (
    SELECT
        week_score.client_id,
        week_score.stay,
        week_score.week,
        week_score.score,
        round(week_score.score - week_score.flags_above, 9) AS over_threshold,
        week_score.above,
        setting.caseload_share,
        coalesce('therapist ' || care_week.therapist_id, 'site ' || care_week.site, 'none') AS caseload
    FROM week_score
    JOIN care_week ON week_score.client_id = care_week.client_id AND week_score.week = care_week.week
    JOIN decline_setting AS setting ON quarter_of(week_score.week) = setting.quarter
),

marked AS (
    SELECT
        client_id,
        stay,
        week,
        score,
        over_threshold,
        above,
        caseload,
        above AND NOT lag(above, 1, false) OVER (PARTITION BY client_id, stay ORDER BY week) AS begins,
        min(CASE WHEN NOT above THEN week END) OVER (
            PARTITION BY client_id, stay ORDER BY week ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS cleared_week
    FROM scored
    WHERE above IS NOT NULL
),

room AS (
    SELECT caseload, week, ceil(round(max(caseload_share) * count(*), 6)) AS room FROM scored GROUP BY caseload, week
)

SELECT
    marked.client_id,
    marked.stay,
    sum(CASE WHEN marked.begins THEN 1 ELSE 0 END) OVER (PARTITION BY marked.client_id ORDER BY marked.week) AS run,
    marked.week,
    marked.score,
    marked.over_threshold,
    marked.caseload,
    room.room,
    marked.cleared_week
FROM marked
JOIN room ON marked.caseload = room.caseload AND marked.week = room.week
WHERE marked.above

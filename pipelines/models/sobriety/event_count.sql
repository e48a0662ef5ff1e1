-- A row: a time on a survival curve of a group (see `event_time`): `followed`: how many were followed up to that time
-- and no longer. `events`: how many of these had the event then; the others were censored. `entered`: how many entered
-- late, at that time. `at_risk`: how many had entered by then and were followed at least that long.
-- Published, ordered by curve, breakdown, member, time.
WITH moment AS (
    SELECT *, time AS happened_at, 1 AS leaves, CAST(event AS INTEGER) AS happens, 0 AS enters FROM event_time
    UNION ALL
    SELECT *, entered_at, 0, 0, 1 FROM event_time WHERE entered_at > 0
),

counted AS (
    SELECT
        moment.curve,
        b.breakdown,
        CASE b.breakdown
            WHEN 'all' THEN 'all'
            WHEN 'site' THEN moment.site
            WHEN 'program' THEN moment.program
            WHEN 'level_of_care' THEN moment.level_of_care
            WHEN 'primary_addiction' THEN moment.primary_addiction
            ELSE moment.admission_quarter
        END AS member,
        moment.happened_at AS time,
        CAST(sum(moment.leaves) AS BIGINT) AS followed,
        CAST(sum(moment.happens) AS BIGINT) AS events,
        CAST(sum(moment.enters) AS BIGINT) AS entered
    FROM moment
    CROSS JOIN (
        VALUES ('all'), ('site'), ('program'), ('level_of_care'), ('primary_addiction'), ('admission_quarter')
    ) AS b(breakdown)
    GROUP BY ALL
)

-- At risk are those still followed, less those who enter later.
SELECT
    *,
    CAST(sum(followed) OVER (PARTITION BY curve, breakdown, member ORDER BY time DESC ROWS UNBOUNDED PRECEDING)
        - coalesce(
            sum(entered) OVER (
                PARTITION BY curve, breakdown, member ORDER BY time DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ),
            0
        ) AS BIGINT) AS at_risk
FROM counted

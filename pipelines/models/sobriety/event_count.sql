-- A row: a time on a survival curve of a group (see `event_time`): how many were followed up to that time and no
-- further (`followed`), and how many of these had the event then (`events`; the others were censored).
SELECT
    curve,
    b.breakdown,
    CASE b.breakdown
        WHEN 'all' THEN 'all'
        WHEN 'site' THEN site
        WHEN 'program' THEN program
        WHEN 'level_of_care' THEN level_of_care
        WHEN 'primary_addiction' THEN primary_addiction
        ELSE admission_quarter
    END AS member,
    time,
    count(*) AS followed,
    count(*) FILTER (WHERE event) AS events
FROM event_time
CROSS JOIN (
    VALUES ('all'), ('site'), ('program'), ('level_of_care'), ('primary_addiction'), ('admission_quarter')
) AS b(breakdown)
GROUP BY ALL

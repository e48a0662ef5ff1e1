-- A row: a meeting of the directory and its fellowship: that of the directory if it is given, else the one under which
-- clients attended it; null if neither is known. `codes_of`: the fellowship whose type codes the entry uses: the same
-- or, if it is unknown, the one that the slug begins with.
WITH attended AS (
    SELECT meeting_id, max_by(fellowship, (visits, fellowship)) AS fellowship
    FROM (
        SELECT meeting_id, fellowship, count(*) AS visits
        FROM attendance
        WHERE meeting_id IS NOT NULL
        GROUP BY meeting_id, fellowship
    ) AS visited
    GROUP BY meeting_id
),

begins AS (
    SELECT *
    FROM (
        VALUES
            ('na', 'NA'), ('cma', 'CMA'), ('oa', 'OA'), ('saa', 'SAA'), ('slaa', 'SLAA'), ('alanon', 'Al-Anon'),
            ('rd', 'Recovery Dharma'), ('smart', 'SMART'), ('lifering', 'LifeRing')
    ) AS beginnings(prefix, fellowship)
),

listed AS (
    SELECT slug, max(fellowship) AS fellowship FROM meetings GROUP BY slug
)

SELECT
    listed.slug,
    coalesce(listed.fellowship, attended.fellowship) AS fellowship,
    coalesce(listed.fellowship, attended.fellowship, begins.fellowship) AS codes_of
FROM listed
LEFT JOIN attended ON listed.slug = attended.meeting_id
LEFT JOIN begins ON split_part(lower(listed.slug), '-', 1) = begins.prefix

-- A row: of a group's flags, how many were acted on within 7 days, or were followed by a return to usual within 4 or 8
-- weeks, with and without a contact in the first week. Flags of which it cannot be told yet count in no denominator.
-- By no therapist: who is called, and who comes back, says nothing of the one who calls.
-- Published, ordered by measure, breakdown, member, contact.
WITH grouped AS (
    SELECT breakdown.breakdown, breakdown.member, flag.*
    FROM flag_response AS flag
    CROSS JOIN LATERAL (
        VALUES
        ('all', 'all'),
        ('site', coalesce(flag.site, 'unknown')),
        ('program', coalesce(flag.program, 'unknown')),
        ('level_of_care', coalesce(flag.level_of_care, 'unknown')),
        ('primary_addiction', coalesce(flag.primary_addiction, 'unknown'))
    ) AS breakdown(breakdown, member)
),

told AS (
    SELECT grouped.breakdown, grouped.member, outcome.measure, outcome.contact, outcome.came
    FROM grouped
    CROSS JOIN LATERAL (
        VALUES
        ('acted_within_7', 'all', acted_within_7),
        ('back_within_4', 'all', back_within_4),
        ('back_within_8', 'all', back_within_8),
        ('back_within_4', CASE WHEN contacted THEN 'contacted' ELSE 'not contacted' END, back_within_4),
        ('back_within_8', CASE WHEN contacted THEN 'contacted' ELSE 'not contacted' END, back_within_8)
    ) AS outcome(measure, contact, came)
    WHERE outcome.came IS NOT NULL
)

SELECT
    breakdown,
    member,
    measure,
    contact,
    count(*) FILTER (WHERE came) AS numerator,
    count(*) AS denominator,
    ratio(count(*) FILTER (WHERE came), count(*)) AS value
FROM told
GROUP BY breakdown, member, measure, contact

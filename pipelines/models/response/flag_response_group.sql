-- A row: how many of a group's flags were acted on within 7 days, or were followed by a return to usual within 4 or 8
-- weeks, with and without a contact in the first week. A flag counts in a denominator once its answer is known.
-- Not by therapist: which clients are called, and which come back, does not measure the therapist.
-- Published, ordered by measure, breakdown, member, contact.
WITH outcome AS (
    SELECT client_id, span, 'acted_within_7' AS measure, 'all' AS contact, acted_within_7 AS came FROM flag_response
    UNION ALL
    SELECT client_id, span, 'back_within_4', 'all', back_within_4 FROM flag_response
    UNION ALL
    SELECT client_id, span, 'back_within_8', 'all', back_within_8 FROM flag_response
    UNION ALL
    SELECT
        client_id,
        span,
        'back_within_4',
        CASE WHEN contacted THEN 'contacted' ELSE 'not contacted' END,
        back_within_4
    FROM flag_response
    WHERE contacted IS NOT NULL
    UNION ALL
    SELECT
        client_id,
        span,
        'back_within_8',
        CASE WHEN contacted THEN 'contacted' ELSE 'not contacted' END,
        back_within_8
    FROM flag_response
    WHERE contacted IS NOT NULL
)

SELECT
    client_group.breakdown,
    client_group.member,
    outcome.measure,
    outcome.contact,
    count(*) FILTER (WHERE outcome.came) AS numerator,
    count(*) AS denominator,
    ratio(count(*) FILTER (WHERE outcome.came), count(*)) AS value
FROM outcome
JOIN client_group ON outcome.client_id = client_group.client_id AND outcome.span = client_group.span
WHERE outcome.came IS NOT NULL AND client_group.breakdown <> 'therapist'
GROUP BY client_group.breakdown, client_group.member, outcome.measure, outcome.contact

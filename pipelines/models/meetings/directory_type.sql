-- A row: a type of a meeting of the directory, by its code here: the fellowship's own, else the Meeting Guide
-- specification's. The directory may write the code, in any case, or the type's name in one of nine languages. An
-- unknown type may restrict who is welcome, so the meeting counts as one for some people (`for_some`).
WITH listed AS (
    SELECT meetings.slug, directory_fellowship.codes_of, parts_of(meetings.types) AS types
    FROM meetings
    JOIN directory_fellowship ON meetings.slug = directory_fellowship.slug
),

given AS (
    SELECT DISTINCT listed.slug, listed.codes_of, trim(part.type) AS text
    FROM listed
    CROSS JOIN LATERAL unnest(listed.types) AS part(type)
    WHERE trim(part.type) <> ''
),

common AS (
    SELECT * FROM meeting_type WHERE fellowship = ''
)

SELECT DISTINCT
    given.slug,
    coalesce(own.name, common.name, worded.name, upper(given.text)) AS type,
    coalesce(own.title, common.title, worded.title, given.text) AS title,
    coalesce(own.describes, common.describes, worded.describes, true) AS describes,
    coalesce(own.for_some, common.for_some, worded.for_some, true) AS for_some
FROM given
LEFT JOIN meeting_type AS own
    ON given.codes_of = own.fellowship
    AND upper(given.text) = upper(own.code)
LEFT JOIN common ON upper(given.text) = upper(common.code)
LEFT JOIN meeting_type_word ON lower(given.text) = meeting_type_word.name
LEFT JOIN common AS worded ON meeting_type_word.type = worded.code

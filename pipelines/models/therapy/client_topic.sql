-- A row: a client in care and a topic of the catalogue, with the last attended psychoeducation session of this stay
-- that explained it; null if the exports have no such session.
-- Made client by client.
-- Published, ordered by client_id, place.
WITH named AS (
    SELECT DISTINCT topic FROM sessions WHERE topic IS NOT NULL
),

matched AS (
    SELECT named.topic, topic_catalogue.name
    FROM named
    JOIN topic_catalogue ON matches_pattern(lower(named.topic), topic_catalogue.matches)
),

explained AS (
    SELECT in_care_now.client_id, matched.name, max(sessions.session_date) AS explained_on
    FROM in_care_now
    JOIN sessions
        ON in_care_now.client_id = sessions.client_id
        AND sessions.kind = 'psychoeducation'
        AND sessions.status = 'attended'
        AND sessions.session_date >= in_care_now.in_care_since
    JOIN matched ON sessions.topic = matched.topic
    GROUP BY in_care_now.client_id, matched.name
)

SELECT
    in_care_now.client_id,
    topic_catalogue.name AS topic,
    topic_catalogue.place,
    topic_catalogue.title,
    explained.explained_on
FROM in_care_now
CROSS JOIN topic_catalogue
LEFT JOIN explained ON in_care_now.client_id = explained.client_id AND topic_catalogue.name = explained.name

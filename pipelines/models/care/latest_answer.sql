-- A row: a client with a completed check-in: the day of the last one, and the last answer to each question (of several
-- on one day: yes, the furthest step, the last role in the alphabet, so that the choice does not depend on chance).
-- `sponsor_role`: that of the client's sponsor; null once a later check-in says that there is none.
-- Made client by client.
WITH answered AS (
    SELECT
        client_id,
        max(checkin_date) AS last_checkin,
        max_by(has_sponsor, (checkin_date, has_sponsor)) FILTER (WHERE has_sponsor IS NOT NULL) AS has_sponsor,
        max(checkin_date) FILTER (WHERE NOT has_sponsor) AS none_on,
        max_by(sponsor_role, (checkin_date, sponsor_role)) FILTER (WHERE sponsor_role IS NOT NULL) AS sponsor_role,
        max(checkin_date) FILTER (WHERE sponsor_role IS NOT NULL) AS role_on,
        max_by(step, (checkin_date, step)) FILTER (WHERE step IS NOT NULL) AS step
    FROM completed_checkin
    GROUP BY client_id
)

SELECT
    client_id,
    last_checkin,
    has_sponsor,
    CASE WHEN none_on IS NULL OR role_on > none_on OR (role_on = none_on AND has_sponsor) THEN sponsor_role END
    AS sponsor_role,
    step
FROM answered

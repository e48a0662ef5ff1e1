-- A row: a client with a completed check-in: the day of the last one, and the last answer to each question (of several on
-- one day yes, the furthest step, the last role in the alphabet, so that it does not depend on chance).
-- Made client by client.
SELECT
    client_id,
    max(checkin_date) AS last_checkin,
    max_by(has_sponsor, (checkin_date, has_sponsor)) FILTER (WHERE has_sponsor IS NOT NULL) AS has_sponsor,
    max_by(sponsor_role, (checkin_date, sponsor_role)) FILTER (WHERE sponsor_role IS NOT NULL) AS sponsor_role,
    max_by(step, (checkin_date, step)) FILTER (WHERE step IS NOT NULL) AS step
FROM completed_checkin
GROUP BY client_id

-- A row: a client with a completed check-in: the day of the last one, and the last answer to each question.
SELECT
    client_id,
    max(checkin_date) AS last_checkin,
    max_by(has_sponsor, checkin_date) FILTER (WHERE has_sponsor IS NOT NULL) AS has_sponsor,
    max_by(sponsor_role, checkin_date) FILTER (WHERE sponsor_role IS NOT NULL) AS sponsor_role,
    max_by(step, checkin_date) FILTER (WHERE step IS NOT NULL) AS step
FROM completed_checkin
GROUP BY client_id

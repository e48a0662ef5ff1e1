-- One row: the work beside the meetings of a client in care; see client_work.sql.
SELECT
    client_work.*,
    (today.as_of - client_now.days_since_use::INTEGER)::DATE AS last_use_on,
    client_work.sponsor_answered_on - client_work.no_sponsor_since AS days_without_sponsor,
    client_work.ends_on - today.as_of AS days_to_contract_end
FROM client_work
JOIN client_now ON client_work.client_id = client_now.client_id
CROSS JOIN (SELECT as_of FROM runs ORDER BY run_id DESC LIMIT 1) AS today
WHERE client_work.client_id = $client_id

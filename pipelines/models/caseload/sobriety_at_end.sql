-- A row: a client in care on the last day of a complete week or month (`kind`), whose sobriety was known then.
-- `status`: recent_use (use in the last days, see the rules), sober (confirmed recently), or null (no longer known).
-- Made client by client.
SELECT
    client.kind,
    client.period,
    client.client_id,
    CASE
        WHEN days_between(sobriety_known.last_use_day, client.period_end) < rule('recent_use_days') THEN 'recent_use'
        WHEN days_between(sobriety_known.confirmed_through, client.period_end) <= rule('sobriety_known_days')
            THEN 'sober'
    END AS status
FROM caseload_client AS client
JOIN sobriety_known
    ON client.client_id = sobriety_known.client_id
    AND client.period_end >= sobriety_known.from_date
    AND (sobriety_known.until_date IS NULL OR client.period_end <= sobriety_known.until_date)
WHERE client.in_care_at_end

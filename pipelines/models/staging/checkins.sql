-- A row: one client check-in or toxicology test, kept or missed, as known on the as-of date.
SELECT
    client_id,
    checkin_date,
    status,
    source,
    used,
    last_use_date,
    substance,
    craving,
    mood,
    has_sponsor,
    sponsor_role,
    sponsor_contacts,
    step,
    step_work,
    crisis
FROM store.checkins
WHERE checkin_date <= (SELECT as_of FROM clock)

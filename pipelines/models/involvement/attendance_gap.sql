-- A row: a site (`unknown` if none is recorded) in a complete week for which its exports lack meetings: it reported
-- nothing (silent_week.sql), or no meetings though it should have (site_week.sql). How many meetings its clients went
-- to is unknown.
SELECT site, week FROM silent_week
UNION
SELECT coalesce(site, 'unknown'), week FROM site_week WHERE NOT has_attendance

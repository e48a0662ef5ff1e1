-- One row: the weeks of the calendar from the client's first in care to the last, or to the as-of date's while in care.
SELECT ((max(week) - min(week)) / 7)::INTEGER + 1 AS weeks
FROM client_week
WHERE client_id = $client_id

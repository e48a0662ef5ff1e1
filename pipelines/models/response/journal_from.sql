-- One row: the day of the first entry in the outreach journal; null before there is one.
SELECT min(written_on) AS first_day FROM outreach_so_far

-- A row: an entry of the outreach journal that stands (none that was corrected or taken back): what was done about a
-- client, by whom, and about the flag of which week, if any. A run puts the journal in the place of this empty table.
SELECT
    NULL::VARCHAR AS entry_id,
    NULL::DATE AS written_on,
    NULL::VARCHAR AS client_id,
    NULL::DATE AS flag_week,
    NULL::VARCHAR AS outcome,
    NULL::VARCHAR AS reason,
    NULL::DATE AS follow_up_on,
    NULL::BOOLEAN AS remind,
    NULL::VARCHAR AS who
WHERE false

-- A row: a period from which a measure's control limits are reckoned anew, because something was changed then and is
-- meant to stay so. `breakdown`, `member`: of that group only; of every group where they are null. Empty unless a run
-- puts a clinic's own in the place of this table.
SELECT NULL::VARCHAR AS measure, NULL::VARCHAR AS breakdown, NULL::VARCHAR AS member, NULL::DATE AS period
WHERE false

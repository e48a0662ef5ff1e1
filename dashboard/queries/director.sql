-- A row: a point of one of the `$figures`' control charts of the whole clinic, over the last `$weeks` complete weeks,
-- or `$months` months where a measure is read by month.
SELECT
    control_point.* REPLACE (control_point.period::TIMESTAMP AS period, control_point.since::TIMESTAMP AS since)
FROM control_point
JOIN measures ON control_point.measure = measures.name AND control_point.kind = measures.read_by
WHERE control_point.breakdown = 'all' AND list_contains($figures, control_point.measure)
QUALIFY
    dense_rank() OVER (PARTITION BY control_point.kind ORDER BY control_point.period DESC)
    <= CASE control_point.kind WHEN 'week' THEN $weeks ELSE $months END
ORDER BY list_position($figures, control_point.measure), control_point.period

-- A row: the last point, by the end of the month `$month`, of the control chart of one of `$measures` of a whole
-- clinic: by week, or by month if the measure is read by month.
SELECT control_point.*
FROM control_point
JOIN measures ON control_point.measure = measures.name AND control_point.kind = measures.read_by
WHERE
    list_contains($measures, control_point.measure)
    AND CASE control_point.kind
        WHEN 'week' THEN control_point.period + INTERVAL 6 DAY <= last_day($month::DATE)
        ELSE control_point.period <= $month
    END
QUALIFY row_number() OVER (PARTITION BY control_point.measure ORDER BY control_point.period DESC) = 1
ORDER BY list_position($measures, control_point.measure)

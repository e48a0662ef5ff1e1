-- A row: a period of one of the `$figures`' control charts of the whole clinic, with its point (see `control_point`) if
-- there is one, over the last `$weeks` complete weeks, or `$months` months if a measure is read by month.
WITH period AS (
    SELECT kind, period
    FROM control_point
    WHERE measure = 'census' AND breakdown = 'all'
    QUALIFY
        row_number() OVER (PARTITION BY kind ORDER BY period DESC)
        <= CASE kind WHEN 'week' THEN $weeks ELSE $months END
)

SELECT
    measures.name AS measure,
    period.kind,
    period.period::TIMESTAMP AS period,
    control_point.* EXCLUDE (measure, kind, period) REPLACE (control_point.since::TIMESTAMP AS since)
FROM measures
JOIN period ON measures.read_by = period.kind
LEFT JOIN control_point
    ON control_point.breakdown = 'all'
    AND measures.name = control_point.measure
    AND period.kind = control_point.kind
    AND period.period = control_point.period
WHERE list_contains($figures, measures.name)
ORDER BY list_position($figures, measures.name), period.period

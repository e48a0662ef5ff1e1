-- One row: how many control charts of the whole clinic the overview checks, each in its last complete week or month (as
-- the measure is read), and how many of them would signal by chance if nothing had changed.
SELECT count(*)::INTEGER AS charts, coalesce(sum(control_point.by_chance / control_point.looked_at), 0) AS by_chance
FROM control_point
JOIN measures ON control_point.measure = measures.name AND control_point.kind = measures.read_by
JOIN (
    SELECT kind, max(period) AS period
    FROM control_point
    WHERE measure = 'census' AND breakdown = 'all'
    GROUP BY kind
) AS ended ON control_point.kind = ended.kind AND control_point.period = ended.period
WHERE control_point.breakdown = 'all' AND control_point.p_value IS NOT NULL

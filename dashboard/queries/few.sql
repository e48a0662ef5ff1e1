-- A row: a control chart of one of `$measures`, of the whole clinic or of a group of `$breakdown`, with a point that is
-- about fewer than `$few` clients or events, whatever its period.
SELECT point.measure, point.kind, point.breakdown, point.member
FROM control_point AS point
JOIN measures ON point.measure = measures.name
WHERE list_contains($measures, measures.name) AND point.breakdown IN ('all', $breakdown)
GROUP BY point.measure, point.kind, point.breakdown, point.member
HAVING
    bool_or(
        (point.numerator > 0 AND point.numerator < $few)
        OR (point.denominator > 0 AND point.denominator < $few)
        OR (
            measures.scale = 'share'
            AND point.denominator > point.numerator
            AND point.denominator - point.numerator < $few
        )
    )

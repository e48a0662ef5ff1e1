-- A row: a point of a group's survival curve: where it starts (time 0, nobody had the event), each time of an event,
-- where it stops, and round times (`is_mark`) at which the number at risk is given. A curve is given while at least
-- `$least` are at risk, and so is its median; a group that starts with fewer is left out. Only the `$groups` largest
-- groups are given; `groups_in_all` says of how many. The round times are a multiple of the least of `$steps` that
-- needs at most five of them, the same for all groups.
WITH counted AS (
    SELECT
        member,
        time,
        at_risk,
        entered,
        -- Those who enter at a time are not at risk just before it.
        min(at_risk - entered) OVER (PARTITION BY member ORDER BY time) AS fewest
    FROM event_count
    WHERE curve = $curve AND breakdown = $breakdown
),

largest AS (
    SELECT
        member,
        max(time) AS last_time,
        median.followed,
        median.entered,
        (SELECT count(DISTINCT member) FROM counted) AS groups_in_all
    FROM counted
    JOIN (SELECT * FROM survival_median WHERE curve = $curve AND breakdown = $breakdown) AS median USING (member)
    WHERE fewest >= $least
    GROUP BY member, median.followed, median.entered
    QUALIFY row_number() OVER (ORDER BY median.followed DESC, member) <= $groups
),

step AS (
    SELECT min(days_or_weeks) AS step
    FROM (SELECT unnest($steps) AS days_or_weeks)
    WHERE 5 * days_or_weeks >= (SELECT max(last_time) FROM largest)
),

point AS (
    SELECT member, time, bool_or(is_mark) AS is_mark
    FROM (
        SELECT member, 0 AS time, true AS is_mark FROM largest
        UNION ALL
        SELECT member, last_time, false FROM largest
        UNION ALL
        SELECT member, step * number, true FROM largest CROSS JOIN step CROSS JOIN range(1, 6) AS marks(number)
        UNION ALL
        SELECT member, time, false FROM survival WHERE curve = $curve AND breakdown = $breakdown
    )
    GROUP BY member, time
),

curve AS (
    SELECT * FROM survival WHERE curve = $curve AND breakdown = $breakdown
),

median AS (
    SELECT * FROM survival_median WHERE curve = $curve AND breakdown = $breakdown
)

SELECT
    point.member,
    point.time::DOUBLE AS time,
    point.is_mark,
    -- Between two times of a group, those who enter at the later one are not at risk yet.
    (counted.at_risk - CASE WHEN counted.time > point.time THEN counted.entered ELSE 0 END)::BIGINT AS at_risk,
    coalesce(curve.survival, 1) AS survival,
    coalesce(curve.ci_low, 1) AS low,
    coalesce(curve.ci_high, 1) AS high,
    largest.followed::BIGINT AS followed,
    largest.entered::BIGINT AS entered,
    median.events,
    CASE WHEN median.median <= largest.last_time THEN median.median END AS median,
    CASE WHEN median.ci_low <= largest.last_time THEN median.ci_low END AS median_low,
    CASE WHEN median.ci_high <= largest.last_time THEN median.ci_high END AS median_high,
    largest.groups_in_all
FROM point
JOIN largest ON point.member = largest.member AND point.time <= largest.last_time
JOIN median ON point.member = median.member
ASOF JOIN counted ON point.member = counted.member AND point.time <= counted.time
ASOF LEFT JOIN curve ON point.member = curve.member AND point.time >= curve.time
ORDER BY
    CASE WHEN $breakdown = 'admission_quarter' THEN point.member END,
    largest.followed DESC,
    point.member,
    point.time

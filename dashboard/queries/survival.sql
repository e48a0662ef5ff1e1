-- A row: a point of a group's survival curve: where it starts (time 0, nobody had the event), each time of an event, where
-- it stops, and round times (`is_mark`) at which the number at risk is told.
-- A curve is given while at least `$least` are at risk, and so is its median; a group that never had so many is left out.
-- Only the `$groups` largest groups are given; `groups_in_all` says of how many.
-- The round times are a multiple of the least of `$steps` that needs at most five of them, the same for all groups.
WITH at_risk AS (
    SELECT
        member,
        time,
        sum(followed) OVER later AS at_risk
    FROM event_count
    WHERE curve = $curve AND breakdown = $breakdown
    WINDOW later AS (PARTITION BY member ORDER BY time DESC)
),

largest AS (
    SELECT
        member,
        max(at_risk) AS followed,
        max(time) FILTER (WHERE at_risk >= $least) AS last_time,
        count(*) OVER () AS groups_in_all
    FROM at_risk
    GROUP BY member
    QUALIFY max(at_risk) >= $least AND row_number() OVER (ORDER BY max(at_risk) DESC, member) <= $groups
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
    at_risk.at_risk::BIGINT AS at_risk,
    coalesce(curve.survival, 1) AS survival,
    coalesce(curve.ci_low, 1) AS low,
    coalesce(curve.ci_high, 1) AS high,
    largest.followed::BIGINT AS followed,
    median.events,
    CASE WHEN median.median <= largest.last_time THEN median.median END AS median,
    CASE WHEN median.ci_low <= largest.last_time THEN median.ci_low END AS median_low,
    CASE WHEN median.ci_high <= largest.last_time THEN median.ci_high END AS median_high,
    largest.groups_in_all
FROM point
JOIN largest ON point.member = largest.member AND point.time <= largest.last_time
JOIN median ON point.member = median.member
ASOF JOIN at_risk ON point.member = at_risk.member AND point.time <= at_risk.time
ASOF LEFT JOIN curve ON point.member = curve.member AND point.time >= curve.time
ORDER BY CASE WHEN $breakdown = 'admission_quarter' THEN point.member END, largest.followed DESC, point.member, point.time

-- A row: the survival curve of a group in figures: how many were followed, how many of them entered late, how many had
-- the event, and the median time to it: the first time at which the curve is at or below one half, null if it never is.
-- `ci_low`, `ci_high`: the times at which the bounds of the curve's 95 % interval reach one half (Brookmeyer and
-- Crowley 1982).
-- Published, ordered by curve, breakdown, member.
WITH crossed AS (
    SELECT
        curve,
        breakdown,
        member,
        min(time) FILTER (WHERE round(survival, 12) <= 0.5) AS median,
        min(time) FILTER (WHERE round(ci_low, 12) <= 0.5) AS ci_low,
        min(time) FILTER (WHERE round(ci_high, 12) <= 0.5) AS ci_high
    FROM survival
    GROUP BY curve, breakdown, member
)

SELECT
    event_count.curve,
    event_count.breakdown,
    event_count.member,
    CAST(sum(event_count.followed) AS BIGINT) AS followed,
    CAST(sum(event_count.entered) AS BIGINT) AS entered,
    CAST(sum(event_count.events) AS BIGINT) AS events,
    max(crossed.median) AS median,
    max(crossed.ci_low) AS ci_low,
    max(crossed.ci_high) AS ci_high
FROM event_count
LEFT JOIN crossed
    ON event_count.curve = crossed.curve
    AND event_count.breakdown = crossed.breakdown
    AND event_count.member = crossed.member
GROUP BY event_count.curve, event_count.breakdown, event_count.member

-- A row: a site in a complete week with clients in care, and whether its exports hold what they should of that week. What is
-- missing is never read as none.
-- `has_checkins`: a check-in.
-- `has_attendance`: false in a week of a gap, in which nobody came to a meeting, though of so many clients of this site
-- five or more come in a week in which anybody does; and in a week beside a gap with under three quarters of the
-- meetings of so many clients, because the export then broke off, or began, on one of its days.
-- `has_meetings`: that, and all meetings come to no less than a third of the month before (20 a week and more).
-- Published, ordered by site, week.
WITH total AS (
    SELECT
        site,
        week,
        sum(checkins) > 0 AS has_checkins,
        sum(meetings) AS meetings,
        sum(CASE WHEN exposure > 0 THEN 1 ELSE 0 END) AS clients,
        sum(CASE WHEN exposure > 0 AND meetings > 0 THEN 1 ELSE 0 END) AS came
    FROM care_week
    GROUP BY site, week
),

-- A client's share of those who come, and of the meetings, in the weeks in which any come.
usual AS (
    SELECT site, ratio(sum(came), sum(clients)) AS came_share, ratio(sum(meetings), sum(clients)) AS meetings_each
    FROM total
    WHERE came > 0
    GROUP BY site
),

compared AS (
    SELECT
        total.*,
        coalesce(total.came = 0 AND total.clients * usual.came_share >= 5, false) AS is_gap,
        coalesce(total.meetings < 0.75 * total.clients * usual.meetings_each, false) AS has_less,
        coalesce(
            total.meetings * 3 < avg(total.meetings) OVER month_before AND avg(total.meetings) OVER month_before >= 20, false
        ) AS broke_off
    FROM total
    LEFT JOIN usual ON total.site IS NOT DISTINCT FROM usual.site
    WINDOW month_before AS (PARTITION BY total.site ORDER BY total.week ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING)
),

known AS (
    SELECT
        *,
        NOT is_gap AND NOT (
            has_less AND (coalesce(lag(is_gap) OVER in_order, false) OR coalesce(lead(is_gap) OVER in_order, false))
        ) AS has_attendance
    FROM compared
    WINDOW in_order AS (PARTITION BY site ORDER BY week)
)

SELECT site, week, has_checkins, has_attendance, has_attendance AND NOT broke_off AS has_meetings FROM known

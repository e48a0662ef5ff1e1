-- A row: a site in a complete week with clients in care, and whether its exports hold what they should of that week.
-- What is missing is never read as none.
-- `has_checkins`: whether there is any check-in.
-- `has_attendance`: false in a week of a gap, in which nobody came to a meeting although, of this many clients of the
-- site, five or more usually come in a week with any attendance (rule `gap_clients`); and in a week beside a gap with
-- clearly fewer meetings than this many clients go to (rule `whole_week_share`), because the export then broke off, or
-- began, within it. If weeks in which nobody came are frequent (rule `gaps_recur_share`), as in a clinic with meetings
-- every other week, they are not gaps.
-- `has_meetings`: the same, and there are at least a third as many meetings as in the month before (for sites with 20 a
-- week or more).
-- What is usual is taken from earlier weeks, so that later weeks change nothing; for the weeks up to the first
-- meeting, which have none before them, from all weeks; and for a site without any meeting, from the other sites. If no
-- site has any, all clients are expected to come: attendance is then not exported.
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

marked AS (
    SELECT
        *,
        CASE WHEN came > 0 THEN clients END AS clients_of_others,
        CASE WHEN came > 0 THEN 1 ELSE 0 END AS attended,
        CASE WHEN came = 0 AND lag(came) OVER (PARTITION BY site ORDER BY week) > 0 THEN 1 ELSE 0 END AS emptied
    FROM total
),

usual AS (
    SELECT
        *,
        coalesce(
            ratio(sum(came) OVER before, sum(clients_of_others) OVER before),
            ratio(sum(came) OVER whole, sum(clients_of_others) OVER whole),
            ratio(sum(came) OVER (), sum(clients_of_others) OVER ()),
            1
        ) AS came_share,
        coalesce(
            ratio(sum(meetings) OVER before, sum(clients_of_others) OVER before),
            ratio(sum(meetings) OVER whole, sum(clients_of_others) OVER whole)
        ) AS meetings_each,
        ratio(sum(emptied) OVER before, sum(attended) OVER before) AS emptied_share,
        coalesce(meetings * 3 < avg(meetings) OVER month_before AND avg(meetings) OVER month_before >= 20, false)
        AS broke_off
    FROM marked
    WINDOW
        before AS (PARTITION BY site ORDER BY week ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
        whole AS (PARTITION BY site),
        month_before AS (PARTITION BY site ORDER BY week ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING)
),

compared AS (
    SELECT
        *,
        came = 0
        AND clients * came_share >= rule('gap_clients')
        AND coalesce(emptied_share < rule('gaps_recur_share'), true) AS is_gap,
        coalesce(meetings < rule('whole_week_share') * clients * meetings_each, false) AS has_less
    FROM usual
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

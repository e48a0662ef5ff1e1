-- A row: a client in care who has not come to a meeting yet, after two counted weeks and more, where meetings are
-- expected: the client agreed to some, or more than half of all new clients come to one in that time. It is a note for
-- the caseload, not a decline, because there is nothing to fall from.
-- `counted_days`: days of complete weeks in care, less absences, closures and weeks without the site's data.
-- `agreed_meetings`: meetings a week agreed to. `usual_share`: of the stays that began since the data begin, the share
-- that had no meeting in as many days; null while fewer than 20 have lasted that long.
-- Published, ordered by client_id.
WITH first_meeting AS (
    SELECT
        stay.client_id,
        stay.stay,
        stay.start_date,
        stay.end_date,
        stay.last_day,
        min(attendance.meeting_date) AS first_meeting
    FROM stay
    LEFT JOIN attendance
        ON stay.client_id = attendance.client_id
        AND attendance.meeting_date BETWEEN stay.start_date AND stay.last_day
    WHERE NOT stay.inferred
    GROUP BY stay.client_id, stay.stay, stay.start_date, stay.end_date, stay.last_day
),

usual AS (
    SELECT
        CASE WHEN count(*) >= 20 THEN avg(
            CASE
                WHEN days_between(start_date, first_meeting) < rule('not_started_days') THEN 0
                ELSE 1
            END
        ) END AS share
    FROM first_meeting
    WHERE
        days_between(start_date, last_day) >= rule('not_started_days')
        AND start_date >= (SELECT min(first_day) FROM site_start)
),

counted AS (
    SELECT
        client_id,
        stay,
        sum(care_week.exposure) * 7 AS days,
        max_by(care_week.agreed_meetings, care_week.week) FILTER (WHERE care_week.agreed_meetings IS NOT NULL)
        AS agreed_meetings
    FROM care_week
    JOIN site_week ON care_week.site IS NOT DISTINCT FROM site_week.site AND care_week.week = site_week.week
    WHERE site_week.has_attendance
    GROUP BY client_id, stay
)

SELECT
    first_meeting.client_id,
    first_meeting.start_date AS in_care_since,
    CAST(floor(round(counted.days, 6)) AS INTEGER) AS counted_days,
    counted.agreed_meetings,
    usual.share AS usual_share
FROM first_meeting
JOIN counted ON first_meeting.client_id = counted.client_id AND first_meeting.stay = counted.stay
CROSS JOIN usual
CROSS JOIN clock
WHERE
    first_meeting.first_meeting IS NULL
    AND coalesce(first_meeting.end_date, clock.as_of) >= clock.as_of
    AND round(counted.days, 6) >= rule('not_started_days')
    AND (counted.agreed_meetings > 0 OR usual.share < 0.5)

-- The four tables from the checked exports. A name in braces is a number of the definitions.
SET VARIABLE as_of = (
    SELECT max(day)
    FROM (SELECT max(meeting_date) AS day FROM attendance UNION ALL SELECT max(checkin_date) FROM checkins)
);

-- Care: episodes, joined into stays, cut into weeks. `until`: the last day, or the one before the next joined episode.
CREATE TABLE episode AS
SELECT
    client_id, site, start_date, end_date, last_day,
    CASE
        WHEN lead(start_date) OVER in_order - last_day BETWEEN 1 AND {joined_days}
            THEN lead(start_date) OVER in_order - 1
        ELSE last_day
    END AS until,
    count(*) FILTER (WHERE new) OVER in_order AS stay
FROM (
    SELECT
        *,
        least(coalesce(end_date, getvariable('as_of')), getvariable('as_of')) AS last_day,
        coalesce(start_date - lag(end_date) OVER (PARTITION BY client_id ORDER BY start_date) > {joined_days}, true)
        AS new
    FROM episodes
    WHERE start_date <= getvariable('as_of')
)
WINDOW in_order AS (PARTITION BY client_id ORDER BY start_date);

CREATE TABLE stay AS
SELECT client_id, stay, min(start_date) AS start_date, max(last_day) AS last_day
FROM episode
GROUP BY ALL;

CREATE TABLE care AS
SELECT week.*, episode.site
FROM (
    SELECT client_id, stay, week, greatest(start_date, week) AS from_day, least(last_day, week + 6) AS to_day
    FROM (
        SELECT
            *,
            unnest(generate_series(date_trunc('week', start_date), last_day, INTERVAL 7 DAY))::DATE AS week
        FROM stay
    )
) AS week
ASOF JOIN episode ON week.client_id = episode.client_id AND week.to_day >= episode.start_date;

-- What was recorded on each day.
CREATE TABLE recorded AS
SELECT
    client_id,
    day,
    sum(meeting) AS meetings,
    sum(checked) AS checks,
    sum(checkin) AS checkins,
    sum(attended) AS sessions
FROM (
    SELECT client_id, meeting_date AS day, 1 AS meeting, 0 AS checked, 0 AS checkin, 0 AS attended FROM attendance
    UNION ALL
    SELECT client_id, checkin_date, 0, 1, (source <> 'toxicology' AND status = 'completed')::INT, 0 FROM checkins
    UNION ALL
    SELECT client_id, session_date, 0, 0, 0, (status = 'attended')::INT FROM sessions
)
GROUP BY ALL;

-- Weeks of which a site sent nothing are missing, not empty.
CREATE TABLE coverage AS
SELECT care.site, care.week, coalesce(sum(sent.rows), 0) > 0 AS reported
FROM care
LEFT JOIN (
    SELECT client_id, date_trunc('week', day)::DATE AS week, sum(meetings + checks) AS rows FROM recorded GROUP BY ALL
) AS sent USING (client_id, week)
WHERE care.week + 6 <= getvariable('as_of')
GROUP BY ALL;

-- Days that do not count: absences, closures of the site, weeks that it did not report.
CREATE TABLE excused AS
SELECT DISTINCT client_id, unnest(generate_series(from_day, to_day, INTERVAL 1 DAY))::DATE AS day
FROM (
    SELECT client_id, start_date AS from_day, end_date AS to_day FROM absences WHERE client_id IS NOT NULL
    UNION ALL
    SELECT episode.client_id, greatest(absences.start_date, episode.start_date), least(absences.end_date, episode.until)
    FROM absences
    JOIN episode
        ON absences.site = episode.site
        AND absences.start_date <= episode.until
        AND absences.end_date >= episode.start_date
    UNION ALL
    SELECT care.client_id, care.from_day, care.to_day
    FROM care
    JOIN coverage ON care.site IS NOT DISTINCT FROM coverage.site AND care.week = coverage.week
    WHERE NOT coverage.reported
);

CREATE TABLE client_week AS
SELECT
    care.client_id,
    care.week,
    care.site,
    care.to_day - care.from_day + 1 AS in_care_days,
    care.to_day - care.from_day + 1 - coalesce(away.days, 0) AS exposure_days,
    coalesce(sum(recorded.meetings), 0)::BIGINT AS meetings,
    coalesce(sum(recorded.checkins), 0)::BIGINT AS checkins,
    coalesce(sum(recorded.sessions), 0)::BIGINT AS sessions_attended,
    care.to_day = care.week + 6 AS in_care_at_end
FROM care
LEFT JOIN (
    SELECT care.client_id, care.week, count(*) AS days
    FROM care
    JOIN excused
        ON care.client_id = excused.client_id
        AND care.week = date_trunc('week', excused.day)
        AND excused.day BETWEEN care.from_day AND care.to_day
    GROUP BY ALL
) AS away USING (client_id, week)
LEFT JOIN recorded
    ON care.client_id = recorded.client_id
    AND care.week = date_trunc('week', recorded.day)
    AND recorded.day BETWEEN care.from_day AND care.to_day
WHERE care.week + 6 <= getvariable('as_of')
GROUP BY ALL;

-- A site's export that broke off counts for nothing, and a week of holidays for less.
CREATE TABLE usual AS
WITH site_week AS (
    SELECT
        site,
        week,
        coalesce(avg(meetings) OVER month_before >= 20 AND meetings * 3 < avg(meetings) OVER month_before, false)
        AS broken
    FROM (SELECT site, week, sum(meetings) AS meetings FROM client_week GROUP BY ALL)
    WINDOW month_before AS (PARTITION BY site ORDER BY week ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING)
),

counted AS (
    SELECT
        client_week.client_id,
        client_week.week,
        exposure_days > 0 AS counts,
        CASE WHEN broken THEN 0 ELSE exposure_days / 7 END AS weeks_of,
        CASE
            WHEN (month(week), day(week)) BETWEEN (12, 18) AND (12, 31)
                OR (month(week), day(week)) = (1, 1)
                OR (month(week), day(week)) BETWEEN (11, 19) AND (11, 25) THEN {holiday_factor}
            ELSE 1
        END AS holiday_factor,
        CASE WHEN weeks_of > 0 THEN meetings ELSE 0 END AS meetings
    FROM client_week
    JOIN site_week USING (site, week)
)

SELECT
    client_id,
    week,
    sum(meetings) OVER baseline / nullif(sum(weeks_of * holiday_factor) OVER baseline, 0) AS usual,
    count(*) FILTER (WHERE counts) OVER baseline AS usual_weeks,
    sum(meetings) OVER lately / nullif(sum(weeks_of) OVER lately, 0) AS recent,
    count(*) FILTER (WHERE weeks_of > 0) OVER lately AS recent_weeks
FROM counted
WINDOW
    baseline AS (
        PARTITION BY client_id ORDER BY week
        RANGE BETWEEN
            INTERVAL ({usual_weeks_first} * 7) DAY PRECEDING
            AND INTERVAL ({usual_weeks_last} * 7) DAY PRECEDING
    ),
    lately AS (
        PARTITION BY client_id ORDER BY week
        RANGE BETWEEN INTERVAL (({recent_weeks} - 1) * 7) DAY PRECEDING AND CURRENT ROW
    );

-- Sobriety: days of use; days reported abstinent, cut where use is known; spells of them.
CREATE TABLE used AS
SELECT DISTINCT client_id, coalesce(CASE WHEN source <> 'toxicology' THEN last_use_date END, checkin_date) AS day
FROM checkins
WHERE status = 'completed' AND (used OR (source <> 'toxicology' AND last_use_date IS NOT NULL));

CREATE TABLE abstinent AS
WITH answer AS (
    SELECT
        *,
        greatest(
            checkin_date - {checkin_covers_days} + 1,
            lag(checkin_date) OVER (PARTITION BY client_id ORDER BY checkin_date) + 1
        ) AS reaches_back_to
    FROM (
        SELECT
            client_id,
            checkin_date,
            bool_or(NOT used) AS none,
            min(last_use_date) FILTER (WHERE used) AS last_use_date
        FROM checkins
        WHERE status = 'completed' AND source <> 'toxicology'
        GROUP BY ALL
    )
),

reported AS (
    SELECT
        answer.client_id,
        greatest(
            reaches_back_to,
            coalesce(stay.start_date, checkin_date),
            CASE WHEN none IS NOT TRUE THEN last_use_date + 1 END
        ) AS start_date,
        checkin_date AS end_date
    FROM answer
    ASOF LEFT JOIN stay ON answer.client_id = stay.client_id AND answer.checkin_date >= stay.start_date
    WHERE none OR last_use_date IS NOT NULL
    UNION ALL
    SELECT client_id, checkin_date, checkin_date
    FROM checkins
    WHERE status = 'completed' AND source = 'toxicology' AND NOT used
),

stretch AS (
    SELECT client_id, min(start_date) AS start_date, max(end_date) AS end_date
    FROM (
        SELECT *, count(*) FILTER (WHERE new) OVER (PARTITION BY client_id ORDER BY start_date, end_date) AS number
        FROM (
            SELECT
                *,
                coalesce(
                    start_date - 1 > max(end_date) OVER (
                        PARTITION BY client_id ORDER BY start_date, end_date
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                    ),
                    true
                ) AS new
            FROM reported
            WHERE start_date <= end_date
        )
    )
    GROUP BY client_id, number
),

cut AS (
    SELECT stretch.*, list(used.day ORDER BY used.day) FILTER (WHERE used.day IS NOT NULL) AS uses
    FROM stretch
    LEFT JOIN used ON stretch.client_id = used.client_id AND used.day BETWEEN stretch.start_date AND stretch.end_date
    GROUP BY ALL
),

-- A piece begins with its stretch or the day after a use, and ends on the day before a use or with its stretch.
piece AS (
    SELECT
        client_id,
        unnest(list_prepend(start_date, coalesce([day + 1 FOR day IN uses], []))) AS start_date,
        unnest(list_append(coalesce([day - 1 FOR day IN uses], []), end_date)) AS end_date
    FROM cut
)

SELECT * FROM piece WHERE start_date <= end_date;

CREATE TABLE spell AS
WITH placed AS (
    SELECT
        *,
        lag(use) OVER by_day AS use_before,
        start_date - lag(end_date) OVER by_day AS days_before,
        lead(use) OVER by_day AS use_next,
        lead(start_date) OVER by_day - end_date AS days_next
    FROM (
        SELECT client_id, start_date, end_date, false AS use FROM abstinent
        UNION ALL
        SELECT client_id, day, day, true FROM used
    )
    WINDOW by_day AS (PARTITION BY client_id ORDER BY start_date)
),

numbered AS (
    SELECT
        client_id,
        start_date,
        end_date,
        count(*) FILTER (WHERE coalesce(use_before OR days_before > {spell_gap_days} + 1, true))
            OVER (PARTITION BY client_id ORDER BY start_date) AS number,
        CASE
            WHEN days_next IS NULL AND getvariable('as_of') - end_date <= {spell_gap_days} THEN 'open'
            WHEN coalesce(days_next > {spell_gap_days} + 1, true) THEN 'unknown'
            WHEN use_next THEN 'use'
        END AS ended_by
    FROM placed
    WHERE NOT use
)

SELECT
    client_id,
    min(start_date) AS start_date,
    max(end_date) AS end_date,
    sum(end_date - start_date + 1)::BIGINT AS confirmed_days,
    arg_max(ended_by, start_date) AS ended_by
FROM numbered
GROUP BY client_id, number;

CREATE TABLE caseload AS
SELECT
    week,
    CASE WHEN grouping(site) = 0 THEN 'site' ELSE 'all' END AS breakdown,
    CASE WHEN grouping(site) = 0 THEN site ELSE 'all' END AS member,
    count(*) FILTER (WHERE in_care_at_end) AS census,
    count(*) FILTER (WHERE exposure_days > 0) AS exposed,
    sum(exposure_days)::BIGINT AS exposure_days,
    coalesce(sum(meetings) FILTER (WHERE exposure_days > 0), 0)::BIGINT AS meetings,
    sum(checkins)::BIGINT AS checkins
FROM client_week
WHERE week >= (SELECT min(week) FROM coverage WHERE reported)
GROUP BY GROUPING SETS ((week), (week, site));

-- A row: a client newly flagged in a week: the client, the week and the score (the kind: decline_fact.sql).
-- A run is a row of weeks with the score over the threshold (`week_score.above`); weeks that do not count are skipped.
-- It gives one flag, in force until `cleared_week`, the next week of the stay with the score back under it.
-- Two limits. No flag comes within 4 weeks of the client's last: a run waits until 5 weeks after the run before began.
-- And of a therapist's caseload (of a site's, where no therapist is named) at most a tenth is newly flagged in a week,
-- though always one may be: runs queue by the week in which they began, those furthest over the threshold first, and one
-- that is over by its turn gives no flag. Both look back only: later weeks change no flag, but for `cleared_week`.
WITH scored AS (
    SELECT
        week_score.client_id,
        week_score.stay,
        week_score.week,
        week_score.score,
        week_score.score - week_score.flags_above AS over_threshold,
        week_score.above,
        setting.caseload_share,
        coalesce('therapist ' || care_week.therapist_id, 'site ' || care_week.site, 'none') AS caseload
    FROM week_score
    JOIN care_week ON week_score.client_id = care_week.client_id AND week_score.week = care_week.week
    JOIN decline_setting AS setting ON quarter_of(week_score.week) = setting.quarter
),

marked AS (
    SELECT
        *,
        above AND NOT lag(above, 1, false) OVER (PARTITION BY client_id, stay ORDER BY week) AS begins,
        min(CASE WHEN NOT above THEN week END) OVER (
            PARTITION BY client_id, stay ORDER BY week ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS cleared_week
    FROM scored
    WHERE above IS NOT NULL
),

week_above AS (
    SELECT *, sum(CASE WHEN begins THEN 1 ELSE 0 END) OVER (PARTITION BY client_id ORDER BY week) AS run
    FROM marked
    WHERE above
),

run AS (
    SELECT
        client_id,
        run,
        add_days(lag(min(week)) OVER (PARTITION BY client_id ORDER BY run), 35) AS waits_until
    FROM week_above
    GROUP BY client_id, run
),

arrival AS (
    SELECT
        week_above.client_id,
        week_above.run,
        min(week_above.week) AS week,
        min_by(week_above.caseload, week_above.week) AS caseload,
        min_by(week_above.over_threshold, week_above.week) AS over_threshold
    FROM week_above
    JOIN run ON week_above.client_id = run.client_id AND week_above.run = run.run
    WHERE run.waits_until IS NULL OR week_above.week >= run.waits_until
    GROUP BY week_above.client_id, week_above.run
),

queue AS (
    SELECT
        client_id,
        run,
        caseload,
        row_number() OVER (PARTITION BY caseload ORDER BY week, over_threshold DESC, client_id) AS place
    FROM arrival
),

-- How many of the queue have had their turn by the end of a week: all that came, less those who still wait. Of X, the
-- arrivals less the room so far, X - min(0, the least X so far) wait: room not used in one week is not left for later.
room AS (
    SELECT
        scored.caseload,
        scored.week,
        count(arrival.client_id) AS arrived,
        greatest(1, floor(round(max(scored.caseload_share) * count(*), 6))) AS room
    FROM scored
    LEFT JOIN arrival ON scored.client_id = arrival.client_id AND scored.week = arrival.week
    GROUP BY scored.caseload, scored.week
),

pressed AS (
    SELECT
        caseload,
        week,
        sum(arrived) OVER (PARTITION BY caseload ORDER BY week) AS arrived_so_far,
        sum(arrived - room) OVER (PARTITION BY caseload ORDER BY week) AS pressure
    FROM room
),

served AS (
    SELECT
        caseload,
        week,
        arrived_so_far - pressure + least(min(pressure) OVER (PARTITION BY caseload ORDER BY week), 0) AS served
    FROM pressed
),

turn AS (
    SELECT queue.client_id, queue.run, queue.caseload, min(served.week) AS week
    FROM queue
    JOIN served ON queue.caseload = served.caseload AND queue.place <= served.served
    GROUP BY queue.client_id, queue.run, queue.caseload
),

raised AS (
    SELECT
        week_above.client_id,
        week_above.stay,
        week_above.week,
        week_above.score,
        week_above.cleared_week,
        lag(week_above.week) OVER (PARTITION BY week_above.client_id ORDER BY week_above.week) AS flagged_before
    FROM week_above
    JOIN turn
        ON week_above.client_id = turn.client_id
        AND week_above.run = turn.run
        AND week_above.caseload = turn.caseload
        AND week_above.week = turn.week
)

SELECT client_id, stay, week, score, cleared_week
FROM raised
WHERE flagged_before IS NULL OR days_between(flagged_before, week) >= 35

-- A row: an admission, and the window in which the client is to be asked again half a year later: the days around
-- `due_on`, from `window_opens` to `window_closes` (rules `reassessed_after_days`, `reassessed_margin_days`).
-- `done_on`: the first day of the window on which the client, in care or not, completed a check-in or a questionnaire.
-- `state`: `ahead` until the window opens; `done`; `open`, not done, with days of the window to come; `missed`, not
-- done, and its last day is over; `unknown`, over, but the clinic exports neither check-ins nor questionnaires. Left
-- out: clients who died or were incarcerated before it was done, windows that opened before the site's exports begin,
-- and inferred stays that may have begun before them.
-- `span`: the stay's first episode. `therapist_id`: that of its last one. `left_on`: the stay's last day, once it
-- ended.
-- Published, ordered by client_id, stay.
WITH answer AS (
    SELECT client_id, checkin_date AS day FROM completed_checkin
    UNION ALL
    SELECT client_id, taken_on FROM questionnaires WHERE status = 'completed'
),

admitted AS (
    SELECT
        stay.client_id,
        stay.stay,
        first_episode.span,
        last_episode.therapist_id,
        last_episode.end_reason,
        stay.start_date,
        stay.last_day,
        CASE WHEN stay.end_date <= stay.last_day THEN stay.end_date END AS left_on,
        add_days(stay.start_date, rule('reassessed_after_days')) AS due_on,
        add_days(stay.start_date, rule('reassessed_after_days') - rule('reassessed_margin_days')) AS window_opens,
        add_days(stay.start_date, rule('reassessed_after_days') + rule('reassessed_margin_days')) AS window_closes,
        CASE
            WHEN stay.inferred THEN add_days(site_start.first_day, rule('silent_days'))
            ELSE stay.start_date
        END AS known_from,
        site_start.first_day
    FROM stay
    JOIN stay_episode AS first_episode
        ON stay.client_id = first_episode.client_id AND stay.stay = first_episode.stay AND first_episode.from_first = 1
    JOIN stay_episode AS last_episode
        ON stay.client_id = last_episode.client_id AND stay.stay = last_episode.stay AND last_episode.from_last = 1
    JOIN site_start ON coalesce(first_episode.site, 'unknown') = site_start.site
),

asked AS (
    SELECT
        admitted.client_id,
        admitted.stay,
        min(answer.day) AS done_on
    FROM admitted
    JOIN answer
        ON admitted.client_id = answer.client_id
        AND answer.day BETWEEN admitted.window_opens AND admitted.window_closes
    GROUP BY admitted.client_id, admitted.stay
)

SELECT
    admitted.client_id,
    admitted.stay,
    admitted.span,
    admitted.therapist_id,
    admitted.start_date AS admitted_on,
    admitted.left_on,
    admitted.window_opens,
    admitted.due_on,
    admitted.window_closes,
    asked.done_on,
    CASE
        WHEN asked.done_on IS NOT NULL THEN 'done'
        WHEN admitted.window_opens > clock.as_of THEN 'ahead'
        WHEN admitted.window_closes > clock.as_of THEN 'open'
        WHEN (SELECT count(*) FROM answer) > 0 THEN 'missed'
        ELSE 'unknown'
    END AS state
FROM admitted
LEFT JOIN asked ON admitted.client_id = asked.client_id AND admitted.stay = asked.stay
CROSS JOIN clock
WHERE admitted.window_opens >= admitted.first_day
    AND admitted.start_date >= admitted.known_from
    AND (
        asked.done_on IS NOT NULL
        OR coalesce(admitted.end_reason, '') NOT IN ('died', 'incarcerated')
        OR admitted.last_day > admitted.window_closes
    )

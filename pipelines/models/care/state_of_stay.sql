-- A row: a stay that ended, and the state of its client on one of three days (`moment`), as the forms of admission and
-- discharge ask for it: `admitted`, on the last of the stay's first 30 days; `contact`, on the day of the last session
-- attended or check-in completed; `ended`, on its last day. The exports hold nothing of the 30 days before admission,
-- so the first 30 stand for them; the last contact came at least 30 days after these, so that no day counts in both
-- (rule `form_days`).
-- `meetings`: mutual-help meetings in the 30 days up to the day; null if the site's exports lack those of some of
-- these days (attendance_gap.sql).
-- `abstinent`: 0 with known use in the 30 days; 1 without, if abstinence is confirmed to within 14 days of the day;
-- else null. `level_rank`: the level of care of the episode of that day (see `care_span`), at admission of the first
-- one.
-- `span`: the stay's last episode. Stays inferred from records alone have no discharge and are left out.
-- Made client by client.
WITH contact AS (
    SELECT client_id, session_date AS day FROM sessions WHERE status = 'attended'
    UNION ALL
    SELECT client_id, checkin_date FROM completed_checkin
),

ended AS (
    SELECT
        final.client_id,
        final.stay,
        final.span,
        stay.start_date,
        final.end_date,
        max(contact.day) AS contact_on
    FROM stay_episode AS final
    JOIN stay ON final.client_id = stay.client_id AND final.stay = stay.stay
    JOIN contact ON final.client_id = contact.client_id AND contact.day BETWEEN stay.start_date AND final.end_date
    WHERE final.from_last = 1 AND final.end_date <= final.last_day AND NOT final.inferred
    GROUP BY final.client_id, final.stay, final.span, stay.start_date, final.end_date
    HAVING days_between(stay.start_date, max(contact.day)) >= 2 * rule('form_days') - 1
),

dated AS (
    SELECT
        client_id,
        stay,
        span,
        end_date,
        'admitted' AS moment,
        add_days(start_date, rule('form_days') - 1) AS day,
        start_date AS level_on
    FROM ended
    UNION ALL
    SELECT client_id, stay, span, end_date, 'contact', contact_on, contact_on FROM ended
    UNION ALL
    SELECT client_id, stay, span, end_date, 'ended', end_date, end_date FROM ended
),

placed AS (
    SELECT dated.*, episode.site, episode.level_rank
    FROM dated
    JOIN stay_episode AS episode
        ON dated.client_id = episode.client_id
        AND dated.stay = episode.stay
        AND episode.start_date <= dated.level_on
    QUALIFY row_number() OVER (
        PARTITION BY dated.client_id, dated.stay, dated.moment
        ORDER BY
            episode.last_day >= dated.level_on DESC,
            CASE WHEN dated.moment = 'admitted' THEN episode.from_first ELSE episode.from_last END
    ) = 1
),

unreported AS (
    SELECT DISTINCT placed.client_id, placed.stay, placed.moment
    FROM placed
    JOIN attendance_gap AS gap
        ON coalesce(placed.site, 'unknown') = gap.site
        AND gap.week <= placed.day
        AND days_between(add_days(gap.week, 6), placed.day) < rule('form_days')
),

met AS (
    SELECT placed.client_id, placed.stay, placed.moment, sum(client_day.meetings) AS meetings
    FROM placed
    JOIN client_day
        ON placed.client_id = client_day.client_id
        AND client_day.day <= placed.day
        AND days_between(client_day.day, placed.day) < rule('form_days')
    GROUP BY placed.client_id, placed.stay, placed.moment
),

sobriety AS (
    SELECT
        placed.client_id,
        placed.stay,
        placed.moment,
        CASE
            WHEN days_between(sobriety_known.last_use_day, placed.day) < rule('form_days') THEN 0
            WHEN days_between(sobriety_known.confirmed_through, placed.day) <= rule('sobriety_known_days') THEN 1
        END AS abstinent
    FROM placed
    JOIN sobriety_known
        ON placed.client_id = sobriety_known.client_id
        AND placed.day >= sobriety_known.from_date
        AND (sobriety_known.until_date IS NULL OR placed.day <= sobriety_known.until_date)
)

SELECT
    placed.client_id,
    placed.stay,
    placed.span,
    placed.end_date,
    placed.moment,
    placed.day,
    CASE
        WHEN unreported.client_id IS NULL AND add_days(placed.day, 1 - rule('form_days')) >= site_start.first_day
            THEN CAST(coalesce(met.meetings, 0) AS INTEGER)
    END AS meetings,
    sobriety.abstinent,
    placed.level_rank
FROM placed
JOIN site_start ON coalesce(placed.site, 'unknown') = site_start.site
LEFT JOIN unreported
    ON placed.client_id = unreported.client_id AND placed.stay = unreported.stay AND placed.moment = unreported.moment
LEFT JOIN met ON placed.client_id = met.client_id AND placed.stay = met.stay AND placed.moment = met.moment
LEFT JOIN sobriety
    ON placed.client_id = sobriety.client_id AND placed.stay = sobriety.stay AND placed.moment = sobriety.moment

-- A row: a week of the calendar, oldest first, up to the client's last in care, and what the exports say of it; null
-- outside care. `usual_low` to `usual_high`: where a week's meetings lie eight times in ten for a client whose
-- involvement has not changed (rule `usual_band_deviations`; the normal approximation to the counts, with the
-- dispersion that the flags assume), as far as the week counts.
-- `placed`: meetings whose mode is recorded. `home_group`: whether the client came to it, null in weeks without one.
-- `exposure`: how much of the week counts. `reported`: false if the site's exports hold nothing of that week, or lack
-- meetings; those of the client that came are shown all the same. The week that is not over yet is judged by what has
-- come for the site's clients, as far as the viewer sees them: until something has, nobody is known to have had no
-- meetings.
WITH slot AS (
    SELECT (last.week - (7 * back.weeks_ago)::INTEGER)::DATE AS week
    FROM (SELECT max(week) AS week FROM client_week WHERE client_id = $client_id) AS last
    CROSS JOIN range($weeks) AS back(weeks_ago)
),

running AS (
    SELECT site, bool_or(meetings > 0 OR checkins > 0) AS reported
    FROM client_week
    WHERE NOT complete
    GROUP BY site
),

week AS (
    SELECT
        client_week.*,
        coalesce(attendance_known, true) AND coalesce(complete OR running.reported, true) AS known
    FROM client_week
    LEFT JOIN running ON client_week.site IS NOT DISTINCT FROM running.site
    WHERE client_week.client_id = $client_id
)

SELECT
    slot.week,
    client_week.exposure * (client_week.known OR client_week.meetings > 0)::INTEGER AS exposure,
    client_week.complete,
    client_week.meetings::INTEGER AS meetings,
    client_week.active_meetings::INTEGER AS active,
    client_week.stated_meetings::INTEGER AS stated,
    client_week.placed_meetings::INTEGER AS placed,
    client_week.in_person_meetings::INTEGER AS in_person,
    client_week.home_group_visited AS home_group,
    client_week.usual,
    greatest(0, expected.meetings - expected.reach) AS usual_low,
    expected.meetings + expected.reach AS usual_high,
    coalesce(coverage_week.reported, true) AND coalesce(client_week.known, true) AS reported
FROM slot
CROSS JOIN (SELECT dispersion_prior FROM decline_setting ORDER BY quarter DESC LIMIT 1) AS setting
CROSS JOIN (SELECT value AS deviations FROM rules WHERE name = 'usual_band_deviations') AS band
LEFT JOIN week AS client_week ON slot.week = client_week.week
CROSS JOIN LATERAL (
    SELECT
        client_week.usual * client_week.exposure AS meetings,
        band.deviations * sqrt(client_week.usual * client_week.exposure * setting.dispersion_prior) AS reach
) AS expected
LEFT JOIN coverage_week
    ON coalesce(client_week.site, 'unknown') = coverage_week.site AND slot.week = coverage_week.week
ORDER BY slot.week

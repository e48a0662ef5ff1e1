-- A row: a client in a complete week, and how far each sign of involvement speaks, that week alone, for a fall from
-- what the client usually does (`_says` above 0) or against one (below 0): a log likelihood ratio within ±2.5.
-- Signs: meetings and sponsor contacts (counts); active share of meetings, step work, check-ins (shares); no-shows (a
-- share that rises). Of each: what was counted, and out of what (`_of`: 0 where the week tells nothing, which is never
-- read as none); the same over the baseline, weeks t−29 to t−4 (`_base`, `_base_of`). Constants: decline_setting.sql.
-- A sign that the client did not show in the baseline has nothing to fall from and says nothing. A check-in is asked
-- of full weeks only, and of none in which the site's exports hold no check-in of anyone.
-- `weeks_of`: the share of the week that counts for meetings, out of which a mean a full week is taken;
-- `meetings_surprise`: the squared standardised residual of the week's meetings.
-- A step to a lower level of care lowers the meetings expected. It is measured against the baseline's mean level, so
-- that it fades as the baseline fills with weeks at the new level.
-- Weeks between two stays stand in (`stay` null, counting for nothing; 30 at most, which no frame bridges), so
-- that a frame of rows is a frame of weeks.
WITH gap AS (
    SELECT client_id, week, lead(week) OVER (PARTITION BY client_id ORDER BY week) AS next_week FROM care_week
),

away AS (
    SELECT gap.client_id, w.week
    FROM gap
    CROSS JOIN LATERAL unnest(
        weeks_from_to(add_days(gap.week, 7), least(add_days(gap.next_week, -7), add_days(gap.week, 210)))
    ) AS w(week)
    WHERE days_between(gap.week, gap.next_week) > 7
),

site_total AS (
    SELECT site, week, sum(checkins) > 0 AS has_checkins, sum(meetings) AS meetings
    FROM care_week
    GROUP BY site, week
),

site_week AS (
    SELECT
        site,
        week,
        has_checkins,
        NOT coalesce(
            meetings * 3 < avg(meetings) OVER month_before AND avg(meetings) OVER month_before >= 20, false
        ) AS has_meetings
    FROM site_total
    WINDOW month_before AS (PARTITION BY site ORDER BY week ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING)
),

sign AS (
    SELECT
        care_week.client_id,
        care_week.week,
        care_week.stay,
        care_week.exposure,
        care_week.level_rank,
        CASE WHEN has_meetings THEN care_week.meetings ELSE 0 END::DOUBLE AS meetings,
        CASE WHEN has_meetings THEN care_week.exposure ELSE 0 END AS weeks_of,
        weeks_of * CASE WHEN is_holiday_week(care_week.week) THEN setting.holiday_factor ELSE 1 END AS meetings_of,
        care_week.active_meetings::DOUBLE AS active,
        care_week.stated_meetings::DOUBLE AS active_of,
        CASE WHEN checkins > 0 THEN coalesce(sponsor_contacts, 0) ELSE 0 END::DOUBLE AS sponsor,
        CASE WHEN checkins > 0 AND sponsor_contacts IS NOT NULL THEN 1 ELSE 0 END::DOUBLE AS sponsor_of,
        CASE WHEN checkins > 0 AND step_work THEN 1 ELSE 0 END::DOUBLE AS step,
        CASE WHEN checkins > 0 AND step_work IS NOT NULL THEN 1 ELSE 0 END::DOUBLE AS step_of,
        CASE WHEN exposure >= 1 AND checkins > 0 THEN 1 ELSE 0 END::DOUBLE AS checkin,
        CASE WHEN exposure >= 1 AND has_checkins THEN 1 ELSE 0 END::DOUBLE AS checkin_of,
        care_week.no_shows::DOUBLE AS no_show,
        (care_week.sessions_attended + care_week.no_shows)::DOUBLE AS no_show_of
    FROM care_week
    CROSS JOIN decline_setting AS setting
    JOIN site_week ON care_week.site IS NOT DISTINCT FROM site_week.site AND care_week.week = site_week.week
    WHERE care_week.exposure > 0
    UNION ALL
    SELECT client_id, week, stay, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM care_week WHERE exposure = 0
    UNION ALL
    SELECT client_id, week, NULL, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM away
),

based AS (
    SELECT
        sign.*,
        coalesce(avg(level_rank) OVER baseline - level_rank, 0) AS levels_down,
        coalesce(sum(CASE WHEN exposure > 0 THEN 1 ELSE 0 END) OVER baseline, 0)::INTEGER AS counted_weeks,
        coalesce(sum(meetings) OVER baseline, 0) AS meetings_base,
        coalesce(sum(meetings_of) OVER baseline, 0) AS meetings_base_of,
        coalesce(sum(active) OVER baseline, 0) AS active_base,
        coalesce(sum(active_of) OVER baseline, 0) AS active_base_of,
        coalesce(sum(sponsor) OVER baseline, 0) AS sponsor_base,
        coalesce(sum(sponsor_of) OVER baseline, 0) AS sponsor_base_of,
        coalesce(sum(step) OVER baseline, 0) AS step_base,
        coalesce(sum(step_of) OVER baseline, 0) AS step_base_of,
        coalesce(sum(checkin) OVER baseline, 0) AS checkin_base,
        coalesce(sum(checkin_of) OVER baseline, 0) AS checkin_base_of,
        coalesce(sum(no_show) OVER baseline, 0) AS no_show_base,
        coalesce(sum(no_show_of) OVER baseline, 0) AS no_show_base_of
    FROM sign
    WINDOW baseline AS (PARTITION BY client_id ORDER BY week ROWS BETWEEN 29 PRECEDING AND 4 PRECEDING)
),

-- What the week's meetings were expected to come to, and how far off they were: the squared standardised residual.
expected AS (
    SELECT
        based.*,
        meetings_of * power(step_down_factor, greatest(levels_down, 0)) AS meetings_due,
        (meetings_prior + meetings_base) / (meetings_prior_weeks + meetings_base_of) * meetings_due AS meetings_expected,
        power(meetings - meetings_expected, 2)
        / nullif(meetings_expected * (1 + meetings_due / (meetings_prior_weeks + meetings_base_of)), 0)
        AS meetings_surprise
    FROM based
    CROSS JOIN decline_setting AS setting
),

surprised AS (
    SELECT
        *,
        coalesce(sum(meetings_surprise) OVER baseline, 0) AS surprises,
        count(meetings_surprise) OVER baseline AS surprises_of
    FROM expected
    WINDOW baseline AS (PARTITION BY client_id ORDER BY week ROWS BETWEEN 29 PRECEDING AND 4 PRECEDING)
),

-- The client's own dispersion (variance over mean) of weekly meetings, and usual shares.
usual AS (
    SELECT
        surprised.*,
        setting.*,
        least(greatest(
            (dispersion_prior_weeks * dispersion_prior + surprises) / (dispersion_prior_weeks + surprises_of),
            dispersion_least
        ), dispersion_most) AS dispersion,
        least(greatest(
            (active_prior + active_base) / (active_prior_meetings + active_base_of), share_least
        ), share_most) AS active_usual,
        least(greatest(
            (step_prior + step_base) / (step_prior_weeks + step_base_of), share_least
        ), share_most) AS step_usual,
        least(greatest(
            (checkin_prior + checkin_base) / (checkin_prior_weeks + checkin_base_of), share_least
        ), share_most) AS checkin_usual,
        least(greatest(
            (no_show_prior + no_show_base) / (no_show_prior_sessions + no_show_base_of), share_least
        ), share_most) AS no_show_usual
    FROM surprised
    CROSS JOIN decline_setting AS setting
),

-- Counts: gamma-Poisson, thinned by the dispersion. Shares: a fallen share against the usual one.
told AS (
    SELECT
        *,
        CASE WHEN meetings_due > 0 THEN
            meetings / dispersion * ln(meetings_ratio)
            + (meetings_prior + (meetings_base + meetings) / dispersion)
            * ln(
                (meetings_prior_weeks + (meetings_base_of + meetings_due) / dispersion)
                / (meetings_prior_weeks + (meetings_base_of + meetings_ratio * meetings_due) / dispersion)
            )
        ELSE 0 END AS meetings_told,
        CASE WHEN sponsor_of > 0 AND sponsor_base > 0 THEN
            sponsor / dispersion_prior * ln(sponsor_ratio)
            + (sponsor_prior + (sponsor_base + sponsor) / dispersion_prior)
            * ln(
                (sponsor_prior_weeks + (sponsor_base_of + sponsor_of) / dispersion_prior)
                / (sponsor_prior_weeks + (sponsor_base_of + sponsor_ratio * sponsor_of) / dispersion_prior)
            )
        ELSE 0 END AS sponsor_told,
        CASE WHEN active_of > 0 AND active_base > 0 THEN
            active * ln(active_ratio)
            + (active_of - active) * ln((1 - active_ratio * active_usual) / (1 - active_usual))
        ELSE 0 END AS active_told,
        CASE WHEN step_of > 0 AND step_base > 0 THEN
            step * ln(step_ratio) + (step_of - step) * ln((1 - step_ratio * step_usual) / (1 - step_usual))
        ELSE 0 END AS step_told,
        CASE WHEN checkin_of > 0 AND checkin_base > 0 THEN
            checkin * ln(checkin_ratio)
            + (checkin_of - checkin) * ln((1 - checkin_ratio * checkin_usual) / (1 - checkin_usual))
        ELSE 0 END AS checkin_told,
        CASE WHEN no_show_of > 0 THEN
            no_show * ln(least(no_show_ratio * no_show_usual, share_most) / no_show_usual)
            + (no_show_of - no_show)
            * ln((1 - least(no_show_ratio * no_show_usual, share_most)) / (1 - no_show_usual))
        ELSE 0 END AS no_show_told
    FROM usual
)

SELECT
    client_id,
    week,
    stay,
    exposure,
    counted_weeks,
    levels_down,
    meetings,
    weeks_of,
    meetings_surprise,
    meetings_base,
    meetings_base_of,
    least(greatest(meetings_told, -evidence_limit), evidence_limit) AS meetings_says,
    active,
    active_of,
    active_base,
    active_base_of,
    least(greatest(active_told, -evidence_limit), evidence_limit) AS active_says,
    sponsor,
    sponsor_of,
    sponsor_base,
    sponsor_base_of,
    least(greatest(sponsor_told, -evidence_limit), evidence_limit) AS sponsor_says,
    step,
    step_of,
    step_base,
    step_base_of,
    least(greatest(step_told, -evidence_limit), evidence_limit) AS step_says,
    checkin,
    checkin_of,
    checkin_base,
    checkin_base_of,
    least(greatest(checkin_told, -evidence_limit), evidence_limit) AS checkin_says,
    no_show,
    no_show_of,
    no_show_base,
    no_show_base_of,
    least(greatest(no_show_told, -evidence_limit), evidence_limit) AS no_show_says
FROM told

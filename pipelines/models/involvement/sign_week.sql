-- A row: a client in a complete week and a sign of involvement, and the evidence of a fall of that sign from the
-- client's usual: `evidence_N` above 0 means that it fell N weeks ago (to its ratio, decline_sign.toml), below 0 that
-- it did not. It is a log likelihood ratio.
-- `counted` and `out_of`: what was counted in the week, and out of what; `out_of` is 0 if the week is unknown, which is
-- never read as none. `expected`: what the weeks before (29 at most, with what is expected of a client not seen yet)
-- lead one to expect. Before anything is seen, prior / worth is expected; for meetings, the number agreed to, if there
-- is one. Let C out of E be counted over the last 30 weeks, and c out of e in the last N of them. A count has a rate
-- with a gamma prior, and is thinned by its dispersion (variance over mean), which is the client's own. Its evidence is
-- the ratio of the marginal likelihoods of the gamma-Poisson:
--     c / dispersion * ln(ratio) - A * ln(1 - (1 - ratio) * e / (dispersion * B)),
--     A = prior + C / dispersion, B = worth + E / dispersion.
-- Of a share, it is that of the binomial likelihoods, the odds having fallen to the ratio (dispersion 1):
--     c * ln(ratio) - e * ln(1 - (1 - ratio) * (A - c) / (B - e)),
-- times (B - e) / B, because the share before the N weeks is known from only B - e units.
-- A sign that the client did not show before the N weeks has nothing to fall from and does not count (one that can rise
-- from nothing, if nothing was due). Clients who never showed a sign have no rows for it, and nobody has any before the
-- first week that counts. A check-in is expected only in full weeks, and not in weeks without any check-in in the
-- site's exports.
-- Made client by client.
WITH shown AS (
    SELECT
        client_id,
        min(week) FILTER (WHERE exposure > 0) AS first_week,
        sum(active_meetings) > 0 AS has_active,
        sum(in_person_meetings) > 0 AS has_in_person,
        sum(home_group) > 0 AS has_home_group,
        sum(sponsor_contacts) > 0 AS has_sponsor,
        sum(step_work) > 0 AS has_step,
        sum(checkin) > 0 AS has_checkin,
        sum(sessions_due) > 0 AS has_no_show
    FROM involvement_week
    GROUP BY client_id
),

here AS (
    SELECT
        involvement_week.*,
        has_active,
        has_in_person,
        has_home_group,
        has_sponsor,
        has_step,
        has_checkin,
        has_no_show
    FROM involvement_week
    JOIN shown ON involvement_week.client_id = shown.client_id AND involvement_week.week >= shown.first_week
),

-- Each sign of each week: counted, out of what. `agreed` and `level_factor` affect meetings only. `squares_before` and
-- `weeks_before` are given for signs whose dispersion is the client's own.
counts AS (
    SELECT
        client_id, week, 'meetings' AS sign, meetings AS counted, meetings_due AS out_of,
        agreed_meetings AS agreed, level_factor, meetings_squares AS squares_before, meetings_weeks AS weeks_before
    FROM here
    UNION ALL
    SELECT client_id, week, 'active', active_meetings, stated_meetings, NULL, 1, NULL, NULL FROM here WHERE has_active
    UNION ALL
    SELECT client_id, week, 'in_person', in_person_meetings, placed_meetings, NULL, 1, NULL, NULL
    FROM here
    WHERE has_in_person
    UNION ALL
    SELECT client_id, week, 'home_group', home_group, home_group_due, NULL, 1, NULL, NULL FROM here WHERE has_home_group
    UNION ALL
    SELECT
        client_id, week, 'sponsor', sponsor_contacts, sponsor_due, NULL, 1, sponsor_squares, sponsor_weeks
    FROM here
    WHERE has_sponsor
    UNION ALL
    SELECT client_id, week, 'step', step_work, step_due, NULL, 1, NULL, NULL FROM here WHERE has_step
    UNION ALL
    SELECT client_id, week, 'checkin', checkin, checkin_due, NULL, 1, NULL, NULL FROM here WHERE has_checkin
    UNION ALL
    SELECT client_id, week, 'no_show', no_shows, sessions_due, NULL, 1, NULL, NULL FROM here WHERE has_no_show
),

-- The weeks before, as sums; and for each of the last eight weeks, what was counted.
framed AS (
    SELECT
        client_id,
        week,
        sign,
        counted,
        out_of,
        agreed,
        level_factor,
        squares_before,
        weeks_before,
        coalesce(sum(counted) OVER before, 0) AS counted_before,
        coalesce(sum(out_of) OVER before, 0) AS out_of_before,
        lag(counted, 1, 0) OVER series AS counted_1_ago,
        lag(counted, 2, 0) OVER series AS counted_2_ago,
        lag(counted, 3, 0) OVER series AS counted_3_ago,
        lag(counted, 4, 0) OVER series + lag(counted, 5, 0) OVER series AS counted_5_ago,
        lag(counted, 6, 0) OVER series + lag(counted, 7, 0) OVER series AS counted_7_ago,
        lag(out_of, 1, 0) OVER series AS out_of_1_ago,
        lag(out_of, 2, 0) OVER series AS out_of_2_ago,
        lag(out_of, 3, 0) OVER series AS out_of_3_ago,
        lag(out_of, 4, 0) OVER series + lag(out_of, 5, 0) OVER series AS out_of_5_ago,
        lag(out_of, 6, 0) OVER series + lag(out_of, 7, 0) OVER series AS out_of_7_ago
    FROM counts
    WINDOW
        series AS (PARTITION BY client_id, sign ORDER BY week),
        before AS (
            PARTITION BY client_id, sign
            ORDER BY week ROWS BETWEEN CAST(rule('usual_weeks_first') AS INTEGER) PRECEDING AND 1 PRECEDING
        )
),

spanned AS (
    SELECT
        client_id,
        week,
        sign,
        agreed,
        level_factor,
        counted_before,
        out_of_before,
        squares_before,
        weeks_before,
        counted AS counted_1,
        counted + counted_1_ago AS counted_2,
        counted + counted_1_ago + counted_2_ago AS counted_3,
        counted + counted_1_ago + counted_2_ago + counted_3_ago AS counted_4,
        counted + counted_1_ago + counted_2_ago + counted_3_ago + counted_5_ago AS counted_6,
        counted + counted_1_ago + counted_2_ago + counted_3_ago + counted_5_ago + counted_7_ago AS counted_8,
        out_of AS out_of_1,
        out_of + out_of_1_ago AS out_of_2,
        out_of + out_of_1_ago + out_of_2_ago AS out_of_3,
        out_of + out_of_1_ago + out_of_2_ago + out_of_3_ago AS out_of_4,
        out_of + out_of_1_ago + out_of_2_ago + out_of_3_ago + out_of_5_ago AS out_of_6,
        out_of + out_of_1_ago + out_of_2_ago + out_of_3_ago + out_of_5_ago + out_of_7_ago AS out_of_8
    FROM framed
),

expected AS (
    SELECT
        spanned.*,
        setting.ratio,
        setting.own_dispersion,
        setting.dispersion AS dispersion_prior,
        setting.tells_from_nothing,
        setting.dispersion_weeks,
        setting.dispersion_least,
        setting.dispersion_most,
        counted_before + counted_1 AS counted_all,
        out_of_before + out_of_1 AS out_of_all,
        CASE WHEN agreed > 0 THEN setting.agreed_prior ELSE setting.prior END AS prior,
        CASE WHEN agreed > 0 THEN setting.agreed_prior / (setting.agreed_kept * agreed) ELSE setting.worth END AS worth
    FROM spanned
    JOIN sign_setting AS setting ON quarter_of(spanned.week) = setting.quarter AND spanned.sign = setting.sign
),

rated AS (
    SELECT *, (prior + counted_before) / (worth + out_of_before) AS rate FROM expected
),

dispersed AS (
    SELECT
        *,
        CASE
            WHEN own_dispersion THEN least(greatest(
                (
                    dispersion_weeks * dispersion_prior
                    + greatest(squares_before / rate - 2 * counted_before + rate * out_of_before, 0)
                ) / (dispersion_weeks + weeks_before), dispersion_least
            ), dispersion_most)
            ELSE 1
        END AS dispersion
    FROM rated
),

-- The terms of the likelihood ratio that all spans share.
thinned AS (
    SELECT
        *,
        ln(ratio) / dispersion AS per_count,
        prior + counted_all / dispersion AS shape,
        dispersion * worth + out_of_all AS weight,
        (1 - ratio) * level_factor AS fall,
        1 - level_factor AS lowered
    FROM dispersed
)

SELECT
    client_id,
    week,
    sign,
    counted_1 AS counted,
    out_of_1 AS out_of,
    rate * out_of_1 * level_factor AS expected,
    counted_before,
    out_of_before,
    dispersion,
    CASE
        WHEN NOT (counted_all > counted_1 OR tells_from_nothing AND out_of_all > out_of_1) THEN 0
        WHEN own_dispersion THEN count_evidence(counted_1, out_of_1, per_count, shape, weight, fall, lowered)
        ELSE share_evidence(counted_1, out_of_1, per_count, shape, weight, fall)
    END AS evidence_1,
    CASE
        WHEN NOT (counted_all > counted_2 OR tells_from_nothing AND out_of_all > out_of_2) THEN 0
        WHEN own_dispersion THEN count_evidence(counted_2, out_of_2, per_count, shape, weight, fall, lowered)
        ELSE share_evidence(counted_2, out_of_2, per_count, shape, weight, fall)
    END AS evidence_2,
    CASE
        WHEN NOT (counted_all > counted_3 OR tells_from_nothing AND out_of_all > out_of_3) THEN 0
        WHEN own_dispersion THEN count_evidence(counted_3, out_of_3, per_count, shape, weight, fall, lowered)
        ELSE share_evidence(counted_3, out_of_3, per_count, shape, weight, fall)
    END AS evidence_3,
    CASE
        WHEN NOT (counted_all > counted_4 OR tells_from_nothing AND out_of_all > out_of_4) THEN 0
        WHEN own_dispersion THEN count_evidence(counted_4, out_of_4, per_count, shape, weight, fall, lowered)
        ELSE share_evidence(counted_4, out_of_4, per_count, shape, weight, fall)
    END AS evidence_4,
    CASE
        WHEN NOT (counted_all > counted_6 OR tells_from_nothing AND out_of_all > out_of_6) THEN 0
        WHEN own_dispersion THEN count_evidence(counted_6, out_of_6, per_count, shape, weight, fall, lowered)
        ELSE share_evidence(counted_6, out_of_6, per_count, shape, weight, fall)
    END AS evidence_6,
    CASE
        WHEN NOT (counted_all > counted_8 OR tells_from_nothing AND out_of_all > out_of_8) THEN 0
        WHEN own_dispersion THEN count_evidence(counted_8, out_of_8, per_count, shape, weight, fall, lowered)
        ELSE share_evidence(counted_8, out_of_8, per_count, shape, weight, fall)
    END AS evidence_8
FROM thinned

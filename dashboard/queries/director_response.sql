-- A row: the whole clinic or a site, the whole clinic first: of its flags, how many were acted on in time; and of those
-- that were still open a week after they could be seen, how many of those contacted in that week, and of the others,
-- were back at usual in the shorter and in the longer time (rules `back_within_weeks_early`, `_late`). Zero of zero
-- where there were none.
SELECT
    member,
    breakdown,
    coalesce(sum(numerator) FILTER (WHERE measure = 'acted_within_7'), 0)::INTEGER AS acted,
    coalesce(sum(denominator) FILTER (WHERE measure = 'acted_within_7'), 0)::INTEGER AS flags,
    coalesce(sum(numerator) FILTER (WHERE measure = 'back_within_4' AND contact = 'contacted'), 0)::INTEGER AS back_4,
    coalesce(sum(denominator) FILTER (WHERE measure = 'back_within_4' AND contact = 'contacted'), 0)::INTEGER AS of_4,
    coalesce(sum(numerator) FILTER (WHERE measure = 'back_within_4' AND contact = 'not contacted'), 0)::INTEGER
    AS back_4_without,
    coalesce(sum(denominator) FILTER (WHERE measure = 'back_within_4' AND contact = 'not contacted'), 0)::INTEGER
    AS of_4_without,
    coalesce(sum(numerator) FILTER (WHERE measure = 'back_within_8' AND contact = 'contacted'), 0)::INTEGER AS back_8,
    coalesce(sum(denominator) FILTER (WHERE measure = 'back_within_8' AND contact = 'contacted'), 0)::INTEGER AS of_8,
    coalesce(sum(numerator) FILTER (WHERE measure = 'back_within_8' AND contact = 'not contacted'), 0)::INTEGER
    AS back_8_without,
    coalesce(sum(denominator) FILTER (WHERE measure = 'back_within_8' AND contact = 'not contacted'), 0)::INTEGER
    AS of_8_without
FROM flag_response_group
WHERE breakdown IN ('all', 'site')
GROUP BY member, breakdown
ORDER BY breakdown = 'all' DESC, member

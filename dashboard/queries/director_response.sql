-- A row: the whole clinic or a site, the whole clinic first: how many of its flags were acted on in time; and, of the
-- flags still open a week after they could be seen, how many clients contacted in that week, and how many others, were
-- back at usual in the shorter and in the longer time (rules `back_within_weeks_early`, `_late`). Zero of zero if there
-- were none.
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

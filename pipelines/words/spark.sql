-- The few functions that DuckDB and Spark spell differently, and formulas that a model uses many times, as Spark SQL
-- functions. Models use these names only.
CREATE OR REPLACE TEMPORARY FUNCTION week_of(d DATE) RETURNS DATE RETURN CAST(date_trunc('week', d) AS DATE);
CREATE OR REPLACE TEMPORARY FUNCTION month_of(d DATE) RETURNS DATE RETURN CAST(date_trunc('month', d) AS DATE);
CREATE OR REPLACE TEMPORARY FUNCTION quarter_of(d DATE) RETURNS DATE RETURN CAST(date_trunc('quarter', d) AS DATE);
CREATE OR REPLACE TEMPORARY FUNCTION month_end(d DATE) RETURNS DATE RETURN last_day(d);
CREATE OR REPLACE TEMPORARY FUNCTION days_between(a DATE, b DATE) RETURNS INT RETURN datediff(b, a);
-- How many days two spans share that overlap, the first and the last counted.
CREATE OR REPLACE TEMPORARY FUNCTION overlap_days(from_a DATE, to_a DATE, from_b DATE, to_b DATE) RETURNS INT RETURN
    datediff(least(to_a, to_b), greatest(from_a, from_b)) + 1;
CREATE OR REPLACE TEMPORARY FUNCTION add_days(d DATE, n DOUBLE) RETURNS DATE RETURN date_add(d, CAST(n AS INT));
CREATE OR REPLACE TEMPORARY FUNCTION is_holiday_week(monday DATE) RETURNS BOOLEAN RETURN
    (month(monday) = 12 AND day(monday) >= 18)
    OR (month(monday) = 1 AND day(monday) = 1)
    OR (month(monday) = 11 AND day(monday) BETWEEN 19 AND 25);
-- The evidence that a count, or a share, fell: sign_week.sql says what it is and what it is made of.
CREATE OR REPLACE TEMPORARY FUNCTION count_evidence(
    counted DOUBLE, out_of DOUBLE, per_count DOUBLE, shape DOUBLE, weight DOUBLE, fall DOUBLE, lowered DOUBLE
) RETURNS DOUBLE RETURN
    per_count * counted - shape * ln(1 - fall * out_of / (weight - lowered * out_of));
CREATE OR REPLACE TEMPORARY FUNCTION share_evidence(
    counted DOUBLE, out_of DOUBLE, per_count DOUBLE, shape DOUBLE, weight DOUBLE, fall DOUBLE
) RETURNS DOUBLE RETURN
    (per_count * counted - out_of * ln(1 - fall * (shape - counted) / (weight - out_of))) * (weight - out_of) / weight;
CREATE OR REPLACE TEMPORARY FUNCTION weeks_from_to(a DATE, b DATE) RETURNS ARRAY<DATE> RETURN
    CASE WHEN b >= date_trunc('week', a)
        THEN sequence(CAST(date_trunc('week', a) AS DATE), CAST(date_trunc('week', b) AS DATE), INTERVAL 7 DAY)
        ELSE CAST(array() AS ARRAY<DATE>) END;
CREATE OR REPLACE TEMPORARY FUNCTION months_from_to(a DATE, b DATE) RETURNS ARRAY<DATE> RETURN
    CASE WHEN b >= date_trunc('month', a)
        THEN sequence(CAST(date_trunc('month', a) AS DATE), CAST(date_trunc('month', b) AS DATE), INTERVAL 1 MONTH)
        ELSE CAST(array() AS ARRAY<DATE>) END;
CREATE OR REPLACE TEMPORARY FUNCTION ratio(a DOUBLE, b DOUBLE) RETURNS DOUBLE RETURN a / nullif(b, CAST(0 AS DOUBLE));
CREATE OR REPLACE TEMPORARY FUNCTION joined_text(parts ARRAY<STRING>) RETURNS STRING RETURN array_join(parts, '');
CREATE OR REPLACE TEMPORARY FUNCTION comma_list(parts ARRAY<STRING>) RETURNS STRING RETURN
    array_join(array_sort(parts), ',');
CREATE OR REPLACE TEMPORARY FUNCTION parts_of(t STRING) RETURNS ARRAY<STRING> RETURN split(t, ',');
CREATE OR REPLACE TEMPORARY FUNCTION matches_pattern(t STRING, pattern STRING) RETURNS BOOLEAN RETURN t RLIKE pattern;
-- The last characters of texts, joined in the order of the texts: (week || symbol) of each week → the pattern.
CREATE OR REPLACE TEMPORARY FUNCTION symbols_in_order(texts ARRAY<STRING>) RETURNS STRING RETURN
    array_join(transform(array_sort(texts), t -> right(t, 1)), '');
CREATE OR REPLACE TEMPORARY FUNCTION numbers_from_to(a BIGINT, b BIGINT) RETURNS ARRAY<BIGINT> RETURN
    CASE WHEN b >= a THEN sequence(a, b) ELSE CAST(array() AS ARRAY<BIGINT>) END;
-- The length of the longest run of one symbol in a text of symbols.
CREATE OR REPLACE TEMPORARY FUNCTION longest_run(t STRING, symbol STRING) RETURNS INT RETURN
    array_max(transform(split(regexp_replace(t, concat('[^', symbol, ']'), ' '), ' '), run -> length(run)));
CREATE OR REPLACE TEMPORARY FUNCTION occurrences(t STRING, symbol STRING) RETURNS INT RETURN
    length(t) - length(replace(t, symbol, ''));
-- The first place in a text of symbols that begins `n` of which at least `k` are the symbol; null if none does.
CREATE OR REPLACE TEMPORARY FUNCTION first_window(t STRING, symbol STRING, k BIGINT, n BIGINT) RETURNS BIGINT RETURN
    CASE WHEN k = n THEN nullif(instr(t, repeat(symbol, CAST(n AS INT))), 0)
    ELSE array_min(filter(
        sequence(1, greatest(length(t) - CAST(n AS INT) + 1, 1)),
        i -> length(substr(t, i, CAST(n AS INT))) - length(replace(substr(t, i, CAST(n AS INT)), symbol, '')) >= k
    )) END;

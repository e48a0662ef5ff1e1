-- The few functions that DuckDB and Spark spell differently, and formulas that a model uses many times. Models use
-- these names only.
CREATE OR REPLACE MACRO week_of(d) AS CAST(date_trunc('week', CAST(d AS DATE)) AS DATE);
CREATE OR REPLACE MACRO month_of(d) AS CAST(date_trunc('month', CAST(d AS DATE)) AS DATE);
CREATE OR REPLACE MACRO quarter_of(d) AS CAST(date_trunc('quarter', CAST(d AS DATE)) AS DATE);
CREATE OR REPLACE MACRO month_end(d) AS last_day(CAST(d AS DATE));
CREATE OR REPLACE MACRO days_between(a, b) AS CAST(date_diff('day', CAST(a AS DATE), CAST(b AS DATE)) AS INTEGER);
-- How many days two spans share that overlap, the first and the last counted.
CREATE OR REPLACE MACRO overlap_days(from_a, to_a, from_b, to_b) AS
    days_between(greatest(from_a, from_b), least(to_a, to_b)) + 1;
CREATE OR REPLACE MACRO add_days(d, n) AS CAST(CAST(d AS DATE) + CAST(n AS INTEGER) AS DATE);
-- A week, by its Monday, that holds one of 24 to 26 December, 1 January or Thanksgiving: many meetings do not take
-- place.
CREATE OR REPLACE MACRO is_holiday_week(monday) AS
    (month(monday) = 12 AND day(monday) >= 18)
    OR (month(monday) = 1 AND day(monday) = 1)
    OR (month(monday) = 11 AND day(monday) BETWEEN 19 AND 25);
-- The evidence that a count, or a share, fell: sign_week.sql says what it is and what it is made of.
CREATE OR REPLACE MACRO count_evidence(counted, out_of, per_count, shape, weight, fall, lowered) AS
    per_count * counted - shape * ln(1 - fall * out_of / (weight - lowered * out_of));
CREATE OR REPLACE MACRO share_evidence(counted, out_of, per_count, shape, weight, fall) AS
    (per_count * counted - out_of * ln(1 - fall * (shape - counted) / (weight - out_of))) * (weight - out_of) / weight;
CREATE OR REPLACE MACRO weeks_from_to(a, b) AS
    list_transform(generate_series(week_of(a), week_of(b), INTERVAL 7 DAY), lambda x: CAST(x AS DATE));
CREATE OR REPLACE MACRO months_from_to(a, b) AS
    list_transform(generate_series(month_of(a), month_of(b), INTERVAL 1 MONTH), lambda x: CAST(x AS DATE));
CREATE OR REPLACE MACRO ratio(a, b) AS CAST(a AS DOUBLE) / nullif(CAST(b AS DOUBLE), 0);
CREATE OR REPLACE MACRO joined_text(parts) AS array_to_string(parts, '');
CREATE OR REPLACE MACRO comma_list(parts) AS array_to_string(list_sort(parts), ',');
CREATE OR REPLACE MACRO parts_of(t) AS string_split(t, ',');
CREATE OR REPLACE MACRO matches_pattern(t, pattern) AS regexp_matches(t, pattern);
-- The last characters of texts, joined in the order of the texts: (week || symbol) of each week → the pattern.
CREATE OR REPLACE MACRO symbols_in_order(texts) AS
    array_to_string(list_transform(list_sort(texts), lambda t: right(CAST(t AS VARCHAR), 1)), '');
CREATE OR REPLACE MACRO numbers_from_to(a, b) AS generate_series(CAST(a AS BIGINT), CAST(b AS BIGINT));
-- The length of the longest run of one symbol in a text of symbols.
CREATE OR REPLACE MACRO longest_run(t, symbol) AS
    list_max(list_transform(
        string_split(regexp_replace(t, '[^' || symbol || ']', ' ', 'g'), ' '), lambda run: length(run)
    ));
CREATE OR REPLACE MACRO occurrences(t, symbol) AS length(t) - length(replace(t, symbol, ''));
-- The first place in a text of symbols that begins `n` of which at least `k` are the symbol; null if none does. All of
-- them is a run, which a search finds at once.
CREATE OR REPLACE MACRO first_window(t, symbol, k, n) AS CASE
    WHEN k = n THEN nullif(instr(t, repeat(symbol, n)), 0)
    ELSE list_min(list_filter(
        numbers_from_to(1, greatest(length(t) - n + 1, 1)), lambda i: occurrences(substr(t, i, n), symbol) >= k
    ))
END;

-- A row: a stay in care and an outcome of the library, computed on the stay's weekly use pattern. The outcomes, and the
-- kinds and settings they use, are defined in outcome_library.toml. `event` is set only for times to an event: false
-- means censored, null a pattern shorter than the outcome's window.
-- Made client by client.
-- Published, ordered by outcome, client_id, start_week.
WITH readings AS (
    SELECT
        use_pattern.client_id,
        use_pattern.start_week,
        use_pattern.stay,
        library.*,
        translate(replace(use_pattern.pattern, '_', ''), '+-*o', library.reading) AS weeks
    FROM use_pattern
    CROSS JOIN outcome_library AS library
),

looked_at AS (
    SELECT
        *,
        substr(
            CASE WHEN while_retained THEN trim(TRAILING 'o' FROM weeks) ELSE weeks END,
            coalesce(from_week, 1),
            coalesce(to_week - coalesce(from_week, 1) + 1, length(weeks))
        ) AS part
    FROM readings
),

measured AS (
    SELECT
        *,
        -- The last week in which the window can begin, and the first in which an event begins.
        CASE WHEN kind = 'weeks_to' AND length(part) >= of_weeks THEN length(part) - of_weeks + 1 END AS last_start,
        CASE
            WHEN kind = 'weeks_to' AND length(part) >= of_weeks THEN first_window(part, symbol, at_least, of_weeks)
        END AS first_start,
        CASE
            WHEN kind IN ('share', 'share_at_least')
                THEN coalesce(ratio(occurrences(part, '-') + 0.5 * occurrences(part, '*'), length(part)), if_none)
        END AS negative
    FROM looked_at
)

SELECT
    client_id,
    start_week,
    name AS outcome,
    CAST(
        CASE kind
            WHEN 'count' THEN occurrences(part, symbol)
            WHEN 'longest_run' THEN longest_run(part, symbol)
            WHEN 'has_run' THEN CASE WHEN instr(part, repeat(symbol, of_weeks)) > 0 THEN 1 ELSE 0 END
            WHEN 'clear' THEN
                CASE
                    WHEN length(part) < to_week - coalesce(from_week, 1) + 1 THEN 0
                    WHEN occurrences(part, '+') > 0 OR occurrences(part, 'o') > at_most THEN 0
                    ELSE 1
                END
            WHEN 'at_end' THEN
                CASE
                    WHEN right(part, 1) = '-' AND occurrences(right(part, of_weeks + 1), '+') <= at_most THEN 1
                    ELSE 0
                END
            WHEN 'weeks_to' THEN coalesce(first_start, last_start) + shift
            WHEN 'share' THEN negative
            WHEN 'share_at_least' THEN CASE WHEN round(negative, 12) >= share THEN 1 ELSE 0 END
            WHEN 'length' THEN length(part)
        END AS DOUBLE
    ) AS value,
    CASE WHEN last_start IS NOT NULL THEN first_start IS NOT NULL END AS event,
    stay
FROM measured

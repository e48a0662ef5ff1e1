-- A row: an event that a survival curve follows, its definition and its source; `of_trials`: an outcome of the library.
SELECT name, title, unit, definition, source, of_trials
FROM (
    SELECT name, title, unit, definition, source, false AS of_trials FROM survival_curves
    UNION ALL
    SELECT name, title, unit, definition, source, true FROM outcome_library WHERE kind = 'weeks_to'
)
WHERE name IN (SELECT curve FROM event_count)
ORDER BY of_trials, name

-- name: insert_daily_report!
-- Stores a revision; nothing when the unit's report of the day has that revision already.
INSERT INTO daily_report (
    unit, day, revision, zero, figures, abnormal, note, reporter, recorded_at, received_at, received_from
)
VALUES (
    :unit, :day, :revision, :zero, :figures, :abnormal, :note, :reporter,
    :recorded_at, :received_at, :received_from
)
ON CONFLICT (day, unit, revision) DO NOTHING;

-- name: lock_daily_report
-- Lets corrections of one unit and day follow one another until the transaction ends.
SELECT revision FROM daily_report WHERE day = :day AND unit = :unit AND revision = 1 FOR UPDATE;

-- name: daily_report_history
SELECT unit, day, revision, zero, figures, abnormal, note, reporter, recorded_at, received_at, received_from
FROM daily_report
WHERE day = :day AND unit = :unit
ORDER BY revision;

-- name: filed_units
-- The units of the subtree that filed a report of the day.
SELECT unit
FROM daily_report
WHERE day = :day AND unit >= :low AND unit < :high AND revision = 1;

-- name: list_daily_reports
-- Every revision of a page of units that filed, in the order of their codes.
SELECT unit, day, revision, zero, figures, abnormal, note, reporter, recorded_at, received_at, received_from
FROM daily_report
WHERE day = :day AND unit IN (
    SELECT unit FROM daily_report
    WHERE day = :day AND unit >= :low AND unit < :high AND unit > :after AND revision = 1
    ORDER BY unit
    LIMIT :most
)
ORDER BY unit, revision;

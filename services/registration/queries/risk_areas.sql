-- name: hold_judging!
-- Waits for every judgement under way and lets none begin: each sees the register before a change or after it.
SELECT pg_advisory_xact_lock(hashtext('registration-risk-areas'));

-- name: insert_risk_areas
INSERT INTO risk_area (
    risk_area_id, division, area, prefix, name, level, since, until, source,
    recorded_at, received_at, received_from, withdrawn_at, reason
)
SELECT risk_area_id, division, area, prefix, name, level, since, until, source,
       recorded_at, :received_at ::timestamptz, received_from,
       CASE WHEN reason IS NULL THEN NULL ELSE recorded_at END, reason
FROM unnest(
    :risk_area_ids ::uuid[], :divisions ::text[], :areas ::text[], :prefixes ::text[], :names ::text[],
    :levels ::text[], :sinces ::date[], :untils ::date[], :sources ::text[], :recorded_ats ::timestamptz[],
    :received_froms ::text[], :reasons ::text[]
) AS row (
    risk_area_id, division, area, prefix, name, level, since, until, source, recorded_at, received_from, reason
)
ON CONFLICT (risk_area_id) DO NOTHING
RETURNING risk_area_id;

-- name: lock_risk_areas
-- In the order of ids, so that two transactions never wait for each other.
SELECT * FROM risk_area WHERE risk_area_id = ANY(:risk_area_ids ::uuid[]) ORDER BY risk_area_id FOR UPDATE;

-- name: update_risk_areas!
UPDATE risk_area AS held
SET name = row.name,
    until = row.until,
    source = row.source,
    recorded_at = row.recorded_at,
    received_at = :received_at,
    received_from = row.received_from,
    withdrawn_at = CASE WHEN row.reason IS NULL THEN NULL ELSE row.recorded_at END,
    reason = row.reason
FROM unnest(
    :risk_area_ids ::uuid[], :names ::text[], :untils ::date[], :sources ::text[], :recorded_ats ::timestamptz[],
    :received_froms ::text[], :reasons ::text[]
) AS row (risk_area_id, name, until, source, recorded_at, received_from, reason)
WHERE held.risk_area_id = row.risk_area_id;

-- name: append_risk_area_statements
INSERT INTO risk_area_statement (
    risk_area_id, statement_id, name, until, source, withdrawn, reason, recorded_at, received_at, received_from
)
SELECT risk_area_id, statement_id, name, until, source, reason IS NOT NULL, reason, recorded_at,
       :received_at ::timestamptz, received_from
FROM unnest(
    :risk_area_ids ::uuid[], :statement_ids ::uuid[], :names ::text[], :untils ::date[], :sources ::text[],
    :reasons ::text[], :recorded_ats ::timestamptz[], :received_froms ::text[]
) AS row (risk_area_id, statement_id, name, until, source, reason, recorded_at, received_from)
ON CONFLICT (risk_area_id, statement_id) DO NOTHING
RETURNING statement_id;

-- name: insert_risk_area_changes!
INSERT INTO risk_area_change (change_id, risk_area_id, area, first_day, last_day, changed_at, after_return)
SELECT change_id, risk_area_id, area, first_day, last_day, :changed_at ::timestamptz, :before_all ::uuid
FROM unnest(
    :change_ids ::uuid[], :risk_area_ids ::uuid[], :areas ::text[], :first_days ::date[], :last_days ::date[]
) AS row (change_id, risk_area_id, area, first_day, last_day)
ON CONFLICT (change_id) DO NOTHING;

-- name: find_risk_area
SELECT * FROM risk_area WHERE risk_area_id = :risk_area_id;

-- name: risk_area_statements
SELECT * FROM risk_area_statement WHERE risk_area_id = :risk_area_id ORDER BY recorded_at, received_at, statement_id;

-- name: risk_area_changes
SELECT * FROM risk_area_change WHERE risk_area_id = :risk_area_id ORDER BY changed_at, change_id;

-- name: list_risk_areas
-- The newest first; `standing` alone leaves out what was withdrawn.
SELECT *
FROM risk_area
WHERE (since, risk_area_id) < (:before_day ::date, :before_id ::uuid)
  AND (:level ::text IS NULL OR level = :level)
  AND (:day ::date IS NULL OR (withdrawn_at IS NULL AND since <= :day AND (until IS NULL OR until >= :day)))
ORDER BY since DESC, risk_area_id DESC
LIMIT :most;

-- name: periods_touching
-- For each of the areas the entries that hold it, and those that lie in it.
SELECT row.place, risk_area.risk_area_id, risk_area.area, risk_area.level, risk_area.since, risk_area.until,
       risk_area.source
FROM unnest(:areas ::text[], :prefixes ::text[]) AS row (place, prefix)
JOIN risk_area
  ON risk_area.withdrawn_at IS NULL
 AND (risk_area.area = row.place
      OR risk_area.prefix = ANY(ARRAY(SELECT left(row.prefix, digits) FROM generate_series(2, length(row.prefix)) AS digits))
      OR (risk_area.prefix > row.prefix AND risk_area.prefix < row.prefix || '~'))
ORDER BY row.place, risk_area.area, risk_area.since;

-- name: list_touched
SELECT touched.*
FROM risk_area_touched AS touched
WHERE risk_area_id = :risk_area_id
  AND division >= :low AND division < :high
  AND (division, touched_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, touched_id
LIMIT :most;

-- name: claim_change
SELECT *
FROM risk_area_change
WHERE finished_at IS NULL
ORDER BY changed_at, change_id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: returns_touched
SELECT return_id, person_id, division
FROM return_record
WHERE return_id = ANY(ARRAY(
    SELECT DISTINCT return_id
    FROM return_route
    WHERE ((area >= :low AND area < :high) OR area = ANY(:wider ::text[]))
      AND left_on >= :first_day ::date
      AND (:last_day ::date IS NULL OR entered_on <= :last_day)
      AND return_id > :after ::uuid
    ORDER BY return_id
    LIMIT :most
))
ORDER BY return_id;

-- name: note_touched!
INSERT INTO risk_area_touched (
    touched_id, change_id, risk_area_id, return_id, person_id, division, plan_id, plan_version, judged_at
)
SELECT touched_id, :change_id ::uuid, :risk_area_id ::uuid, return_id, person_id, division, plan_id, plan_version,
       :judged_at ::timestamptz
FROM unnest(
    :touched_ids ::uuid[], :return_ids ::uuid[], :person_ids ::uuid[], :divisions ::text[], :plan_ids ::uuid[],
    :plan_versions ::int[]
) AS row (touched_id, return_id, person_id, division, plan_id, plan_version)
ON CONFLICT (change_id, return_id) DO NOTHING;

-- name: advance_change!
UPDATE risk_area_change
SET after_return = greatest(after_return, :after_return),
    returns = returns + :returns,
    plans = plans + :plans,
    finished_at = :finished_at
WHERE change_id = :change_id;

-- name: insert_returns
-- Stores returns that are new; those that are known already come back absent.
INSERT INTO return_record (
    return_id, division, reference, state, arrived_at, arrival_recorded_at, arrival_source,
    registered_at, registration_recorded_at, registration_source, first_received_at, changed_at
)
SELECT return_id, division, reference, state, arrived_at, arrival_recorded_at, arrival_source,
       registered_at, registration_recorded_at, registration_source, :received_at ::timestamptz, :received_at
FROM unnest(
    :return_ids ::uuid[], :divisions ::text[], :references ::text[], :states ::text[],
    :arrived_ats ::timestamptz[], :arrival_recorded_ats ::timestamptz[], :arrival_sources ::text[],
    :registered_ats ::timestamptz[], :registration_recorded_ats ::timestamptz[], :registration_sources ::text[]
) AS row (
    return_id, division, reference, state, arrived_at, arrival_recorded_at, arrival_source,
    registered_at, registration_recorded_at, registration_source
)
ON CONFLICT (return_id) DO NOTHING
RETURNING return_id;

-- name: lock_returns
-- In the order of ids, so that two transactions never wait for each other.
SELECT return_id, division, reference, arrived_at, arrival_recorded_at, arrival_source,
       registered_at, registration_recorded_at, registration_source
FROM return_record
WHERE return_id = ANY(:return_ids ::uuid[])
ORDER BY return_id
FOR UPDATE;

-- name: update_returns!
UPDATE return_record AS held
SET state = row.state,
    arrived_at = row.arrived_at,
    arrival_recorded_at = row.arrival_recorded_at,
    arrival_source = row.arrival_source,
    registered_at = row.registered_at,
    registration_recorded_at = row.registration_recorded_at,
    registration_source = row.registration_source,
    changed_at = :changed_at
FROM unnest(
    :return_ids ::uuid[], :states ::text[],
    :arrived_ats ::timestamptz[], :arrival_recorded_ats ::timestamptz[], :arrival_sources ::text[],
    :registered_ats ::timestamptz[], :registration_recorded_ats ::timestamptz[], :registration_sources ::text[]
) AS row (
    return_id, state, arrived_at, arrival_recorded_at, arrival_source,
    registered_at, registration_recorded_at, registration_source
)
WHERE held.return_id = row.return_id;

-- name: append_return_statements
-- Stores what was said for the first time; repetitions come back absent.
INSERT INTO return_statement (
    return_id, statement_id, source, arrived_at, registered_at, recorded_at, received_at, received_from
)
SELECT return_id, statement_id, source, arrived_at, registered_at, recorded_at, :received_at, received_from
FROM unnest(
    :return_ids ::uuid[], :statement_ids ::uuid[], :sources ::text[], :arrived_ats ::timestamptz[],
    :registered_ats ::timestamptz[], :recorded_ats ::timestamptz[], :received_froms ::text[]
) AS row (return_id, statement_id, source, arrived_at, registered_at, recorded_at, received_from)
ON CONFLICT (return_id, statement_id) DO NOTHING
RETURNING statement_id;

-- name: find_return
SELECT return_id, division, reference, arrived_at, arrival_recorded_at, arrival_source,
       registered_at, registration_recorded_at, registration_source
FROM return_record
WHERE return_id = :return_id AND division >= :low AND division < :high;

-- name: return_statements
SELECT source, arrived_at, registered_at, recorded_at, received_at
FROM return_statement
WHERE return_id = :return_id
ORDER BY received_at, statement_id;

-- name: list_returns
SELECT return_id, division, reference, arrived_at, arrival_recorded_at, arrival_source,
       registered_at, registration_recorded_at, registration_source
FROM return_record
WHERE division >= :low AND division < :high
  AND (division, return_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, return_id
LIMIT :most;

-- name: list_returns_in_state
SELECT return_id, division, reference, arrived_at, arrival_recorded_at, arrival_source,
       registered_at, registration_recorded_at, registration_source
FROM return_record
WHERE state = :state
  AND division >= :low AND division < :high
  AND (division, return_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, return_id
LIMIT :most;

-- name: find_arrivals
-- The arrivals of people by the ids that stand for them, each with the division it lies in.
SELECT return_id, division, arrived_at
FROM return_record
WHERE return_id = ANY(:return_ids ::uuid[]);

-- name: insert_transfers
-- Stores transfers that are new; those that are known already come back absent.
INSERT INTO transfer (
    transfer_id, division, reference, person_id, state, decided_at, decision_recorded_at,
    arrived_at, arrival_recorded_at, first_received_at, changed_at
)
SELECT transfer_id, division, reference, person_id, state, decided_at, decision_recorded_at,
       arrived_at, arrival_recorded_at, :received_at ::timestamptz, :received_at
FROM unnest(
    :transfer_ids ::uuid[], :divisions ::text[], :references ::text[], :person_ids ::uuid[], :states ::text[],
    :decided_ats ::timestamptz[], :decision_recorded_ats ::timestamptz[],
    :arrived_ats ::timestamptz[], :arrival_recorded_ats ::timestamptz[]
) AS row (
    transfer_id, division, reference, person_id, state, decided_at, decision_recorded_at,
    arrived_at, arrival_recorded_at
)
ON CONFLICT (transfer_id) DO NOTHING
RETURNING transfer_id;

-- name: lock_transfers
-- In the order of ids, so that two transactions never wait for each other.
SELECT transfer_id, division, reference, person_id, decided_at, decision_recorded_at,
       arrived_at, arrival_recorded_at
FROM transfer
WHERE transfer_id = ANY(:transfer_ids ::uuid[])
ORDER BY transfer_id
FOR UPDATE;

-- name: update_transfers!
UPDATE transfer AS held
SET state = row.state,
    decided_at = row.decided_at,
    decision_recorded_at = row.decision_recorded_at,
    arrived_at = row.arrived_at,
    arrival_recorded_at = row.arrival_recorded_at,
    changed_at = :changed_at
FROM unnest(
    :transfer_ids ::uuid[], :states ::text[], :decided_ats ::timestamptz[],
    :decision_recorded_ats ::timestamptz[], :arrived_ats ::timestamptz[], :arrival_recorded_ats ::timestamptz[]
) AS row (transfer_id, state, decided_at, decision_recorded_at, arrived_at, arrival_recorded_at)
WHERE held.transfer_id = row.transfer_id;

-- name: append_transfer_statements
-- Stores what was said for the first time; repetitions come back absent.
INSERT INTO transfer_statement (
    transfer_id, statement_id, decided_at, arrived_at, recorded_at, received_at, received_from
)
SELECT transfer_id, statement_id, decided_at, arrived_at, recorded_at, :received_at, received_from
FROM unnest(
    :transfer_ids ::uuid[], :statement_ids ::uuid[], :decided_ats ::timestamptz[],
    :arrived_ats ::timestamptz[], :recorded_ats ::timestamptz[], :received_froms ::text[]
) AS row (transfer_id, statement_id, decided_at, arrived_at, recorded_at, received_from)
ON CONFLICT (transfer_id, statement_id) DO NOTHING
RETURNING statement_id;

-- name: find_transfer
SELECT transfer_id, division, reference, person_id, decided_at, decision_recorded_at,
       arrived_at, arrival_recorded_at
FROM transfer
WHERE transfer_id = :transfer_id AND division >= :low AND division < :high;

-- name: transfer_statements
SELECT decided_at, arrived_at, recorded_at, received_at
FROM transfer_statement
WHERE transfer_id = :transfer_id
ORDER BY received_at, statement_id;

-- name: list_transfers
SELECT transfer_id, division, reference, person_id, decided_at, decision_recorded_at,
       arrived_at, arrival_recorded_at
FROM transfer
WHERE division >= :low AND division < :high
  AND (division, transfer_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, transfer_id
LIMIT :most;

-- name: list_transfers_in_state
SELECT transfer_id, division, reference, person_id, decided_at, decision_recorded_at,
       arrived_at, arrival_recorded_at
FROM transfer
WHERE state = :state
  AND division >= :low AND division < :high
  AND (division, transfer_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, transfer_id
LIMIT :most;

-- name: insert_transfers
-- Stores transfers that are new; those that are known already come back absent.
INSERT INTO transfer (
    transfer_id, division, reference, person_id, state, decided_at, decision_recorded_at,
    arrived_at, arrival_recorded_at,
    requested_at, request_recorded_at, vehicle, crew, vehicle_recorded_at,
    picked_up_at, pick_up_recorded_at, site, site_recorded_at,
    withdrawn_at, withdrawal_recorded_at, withdrawn_by, reason_code,
    first_received_at, changed_at
)
SELECT transfer_id, division, reference, person_id, state, decided_at, decision_recorded_at,
    arrived_at, arrival_recorded_at,
    requested_at, request_recorded_at, vehicle, crew, vehicle_recorded_at,
    picked_up_at, pick_up_recorded_at, site, site_recorded_at,
    withdrawn_at, withdrawal_recorded_at, withdrawn_by, reason_code,
    :received_at ::timestamptz, :received_at
FROM unnest(
    :transfer_ids ::uuid[], :divisions ::text[], :references ::text[], :person_ids ::uuid[], :states ::text[],
    :decided_ats ::timestamptz[], :decision_recorded_ats ::timestamptz[],
    :arrived_ats ::timestamptz[], :arrival_recorded_ats ::timestamptz[],
    :requested_ats ::timestamptz[], :request_recorded_ats ::timestamptz[], :vehicles ::text[], :crews ::text[],
    :vehicle_recorded_ats ::timestamptz[], :picked_up_ats ::timestamptz[], :pick_up_recorded_ats ::timestamptz[],
    :sites ::text[], :site_recorded_ats ::timestamptz[], :withdrawn_ats ::timestamptz[],
    :withdrawal_recorded_ats ::timestamptz[], :withdrawn_bys ::text[], :reason_codes ::text[]
) AS row (
    transfer_id, division, reference, person_id, state, decided_at, decision_recorded_at,
    arrived_at, arrival_recorded_at,
    requested_at, request_recorded_at, vehicle, crew, vehicle_recorded_at,
    picked_up_at, pick_up_recorded_at, site, site_recorded_at,
    withdrawn_at, withdrawal_recorded_at, withdrawn_by, reason_code
)
ON CONFLICT (transfer_id) DO NOTHING
RETURNING transfer_id;

-- name: lock_transfers
-- In the order of ids, so that two transactions never wait for each other.
SELECT transfer_id, division, reference, person_id, decided_at, decision_recorded_at,
    arrived_at, arrival_recorded_at,
    requested_at, request_recorded_at, vehicle, crew, vehicle_recorded_at,
    picked_up_at, pick_up_recorded_at, site, site_recorded_at,
    withdrawn_at, withdrawal_recorded_at, withdrawn_by, reason_code
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
    requested_at = row.requested_at,
    request_recorded_at = row.request_recorded_at,
    vehicle = row.vehicle,
    crew = row.crew,
    vehicle_recorded_at = row.vehicle_recorded_at,
    picked_up_at = row.picked_up_at,
    pick_up_recorded_at = row.pick_up_recorded_at,
    site = row.site,
    site_recorded_at = row.site_recorded_at,
    withdrawn_at = row.withdrawn_at,
    withdrawal_recorded_at = row.withdrawal_recorded_at,
    withdrawn_by = row.withdrawn_by,
    reason_code = row.reason_code,
    changed_at = :changed_at
FROM unnest(
    :transfer_ids ::uuid[], :states ::text[], :decided_ats ::timestamptz[],
    :decision_recorded_ats ::timestamptz[], :arrived_ats ::timestamptz[], :arrival_recorded_ats ::timestamptz[],
    :requested_ats ::timestamptz[], :request_recorded_ats ::timestamptz[], :vehicles ::text[], :crews ::text[],
    :vehicle_recorded_ats ::timestamptz[], :picked_up_ats ::timestamptz[], :pick_up_recorded_ats ::timestamptz[],
    :sites ::text[], :site_recorded_ats ::timestamptz[], :withdrawn_ats ::timestamptz[],
    :withdrawal_recorded_ats ::timestamptz[], :withdrawn_bys ::text[], :reason_codes ::text[]
) AS row (
    transfer_id, state, decided_at, decision_recorded_at, arrived_at, arrival_recorded_at,
    requested_at, request_recorded_at, vehicle, crew, vehicle_recorded_at,
    picked_up_at, pick_up_recorded_at, site, site_recorded_at,
    withdrawn_at, withdrawal_recorded_at, withdrawn_by, reason_code
)
WHERE held.transfer_id = row.transfer_id;

-- name: append_transfer_statements
-- Stores what was said for the first time; repetitions come back absent.
INSERT INTO transfer_statement (
    transfer_id, statement_id, decided_at, arrived_at, recorded_at, received_at, received_from,
    requested_at, vehicle, crew, picked_up_at, site, withdrawn_at, reason_code
)
SELECT transfer_id, statement_id, decided_at, arrived_at, recorded_at, :received_at, received_from,
    requested_at, vehicle, crew, picked_up_at, site, withdrawn_at, reason_code
FROM unnest(
    :transfer_ids ::uuid[], :statement_ids ::uuid[], :decided_ats ::timestamptz[],
    :arrived_ats ::timestamptz[], :recorded_ats ::timestamptz[], :received_froms ::text[],
    :requested_ats ::timestamptz[], :vehicles ::text[], :crews ::text[], :picked_up_ats ::timestamptz[],
    :sites ::text[], :withdrawn_ats ::timestamptz[], :reason_codes ::text[]
) AS row (
    transfer_id, statement_id, decided_at, arrived_at, recorded_at, received_from,
    requested_at, vehicle, crew, picked_up_at, site, withdrawn_at, reason_code
)
ON CONFLICT (transfer_id, statement_id) DO NOTHING
RETURNING statement_id;

-- name: find_transfer
SELECT transfer_id, division, reference, person_id, decided_at, decision_recorded_at,
    arrived_at, arrival_recorded_at,
    requested_at, request_recorded_at, vehicle, crew, vehicle_recorded_at,
    picked_up_at, pick_up_recorded_at, site, site_recorded_at,
    withdrawn_at, withdrawal_recorded_at, withdrawn_by, reason_code
FROM transfer
WHERE transfer_id = :transfer_id AND division >= :low AND division < :high;

-- name: transfer_statements
SELECT decided_at, requested_at, vehicle, crew, picked_up_at, arrived_at, site, withdrawn_at, reason_code,
    recorded_at, received_at
FROM transfer_statement
WHERE transfer_id = :transfer_id
ORDER BY received_at, statement_id;

-- name: list_transfers
SELECT transfer_id, division, reference, person_id, decided_at, decision_recorded_at,
    arrived_at, arrival_recorded_at,
    requested_at, request_recorded_at, vehicle, crew, vehicle_recorded_at,
    picked_up_at, pick_up_recorded_at, site, site_recorded_at,
    withdrawn_at, withdrawal_recorded_at, withdrawn_by, reason_code
FROM transfer
WHERE division >= :low AND division < :high
  AND (division, transfer_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, transfer_id
LIMIT :most;

-- name: list_transfers_in_state
SELECT transfer_id, division, reference, person_id, decided_at, decision_recorded_at,
    arrived_at, arrival_recorded_at,
    requested_at, request_recorded_at, vehicle, crew, vehicle_recorded_at,
    picked_up_at, pick_up_recorded_at, site, site_recorded_at,
    withdrawn_at, withdrawal_recorded_at, withdrawn_by, reason_code
FROM transfer
WHERE state = :state
  AND division >= :low AND division < :high
  AND (division, transfer_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, transfer_id
LIMIT :most;

-- name: needless_transfers
-- Transfers that a plan asked for, of people whose plan has no quarantine at a site any more, now or ahead; both
-- may stand under any of a person's records.
WITH same AS (
    SELECT asked, person_id FROM records_of(:person_ids ::uuid[])
),
at_a_site AS (
    SELECT same.asked
    FROM same JOIN plan USING (person_id) JOIN plan_stage USING (plan_id)
    WHERE plan.state = 'open' AND plan_stage.kind = ANY(:kinds ::text[]) AND plan_stage.last_day >= :today
)
SELECT transfer_id, division, reference, person_id, decided_at, decision_recorded_at,
    arrived_at, arrival_recorded_at,
    requested_at, request_recorded_at, vehicle, crew, vehicle_recorded_at,
    picked_up_at, pick_up_recorded_at, site, site_recorded_at,
    withdrawn_at, withdrawal_recorded_at, withdrawn_by, reason_code
FROM transfer
WHERE state = 'awaiting' AND reference LIKE 'plan-%' AND person_id = ANY(ARRAY(
    SELECT person_id FROM same WHERE asked NOT IN (SELECT asked FROM at_a_site)
))
ORDER BY transfer_id;

-- name: awaited_by_plans
-- Who awaits a transfer, under whichever of their records, and by which reference.
SELECT same.asked, transfer.reference
FROM records_of(:person_ids ::uuid[]) AS same JOIN transfer USING (person_id)
WHERE transfer.state = 'awaiting' AND transfer.reference LIKE 'plan-%';

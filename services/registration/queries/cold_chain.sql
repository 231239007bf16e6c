-- name: insert_lots
-- Stores lots that are new, blocked until they are judged; those that are known already come back absent.
INSERT INTO cold_chain_lot (
    lot_id, division, place_id, number, number_key, goods, origin, amount, unit,
    state, lacks, judgement, judged_at, first_received_at, changed_at
)
SELECT lot_id, division, place_id, number, number_key, goods, origin, amount, unit,
       'blocked', '[]', 0, :received_at ::timestamptz, :received_at, :received_at
FROM unnest(
    :lot_ids ::uuid[], :divisions ::text[], :place_ids ::uuid[], :numbers ::text[], :number_keys ::text[],
    :goods ::text[], :origins ::text[], :amounts ::numeric[], :units ::text[]
) AS row (lot_id, division, place_id, number, number_key, goods, origin, amount, unit)
ON CONFLICT (lot_id) DO NOTHING
RETURNING lot_id;

-- name: lock_lots
-- In the order of ids, so that two transactions never wait for each other.
SELECT lot_id, division, place_id, number, goods, origin, amount, unit, state, lacks, judgement, judged_at
FROM cold_chain_lot
WHERE lot_id = ANY(:lot_ids ::uuid[])
ORDER BY lot_id
FOR UPDATE;

-- name: due_lots
SELECT lot_id, division, place_id, number, goods, origin, amount, unit, state, lacks, judgement, judged_at
FROM cold_chain_lot
WHERE lot_id = ANY(ARRAY(
    SELECT lot_id FROM cold_chain_lot WHERE next_change_at < :now
    ORDER BY next_change_at LIMIT :most FOR UPDATE SKIP LOCKED
))
ORDER BY lot_id
-- Locked here too, so that what is read is what stands now and not what stood when the statement began.
FOR UPDATE;

-- name: update_judgements!
UPDATE cold_chain_lot AS held
SET state = row.state,
    lacks = row.lacks ::jsonb,
    judgement = row.judgement,
    judged_at = :judged_at,
    next_change_at = row.next_change_at,
    changed_at = :judged_at
FROM unnest(
    :lot_ids ::uuid[], :states ::text[], :lacks ::text[], :judgements ::integer[], :next_changes ::timestamptz[]
) AS row (lot_id, state, lacks, judgement, next_change_at)
WHERE held.lot_id = row.lot_id;

-- name: find_lot
SELECT lot_id, division, place_id, number, goods, origin, amount, unit, state, lacks, judgement, judged_at
FROM cold_chain_lot AS lot
WHERE lot_id = :lot_id
  AND (
    (division >= :low AND division < :high)
    OR EXISTS (
        SELECT FROM cold_chain_holding AS holding JOIN place USING (place_id)
        WHERE holding.lot_id = lot.lot_id AND place.division >= :low AND place.division < :high
    )
  );

-- name: list_lots
SELECT lot_id, division, place_id, number, goods, origin, amount, unit, state, lacks, judgement, judged_at
FROM cold_chain_lot
WHERE division >= :low AND division < :high
  AND (:state ::text IS NULL OR state = :state)
  AND (division, lot_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, lot_id
LIMIT :most;

-- name: list_lots_at_place
SELECT lot_id, division, lot.place_id, number, goods, origin, lot.amount, unit, state, lacks, judgement, judged_at
FROM cold_chain_lot AS lot JOIN cold_chain_holding AS holding USING (lot_id)
WHERE holding.place_id = :place_id
  AND (NOT :held_only ::boolean OR holding.amount > 0)
  AND (:state ::text IS NULL OR state = :state)
  AND (division, lot_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, lot_id
LIMIT :most;

-- name: proofs_of
SELECT lot_id, kind, document, valid_until, withdrawn_at, withdrawn_reason
FROM cold_chain_proof
WHERE lot_id = ANY(:lot_ids ::uuid[])
ORDER BY lot_id, kind, document;

-- name: put_proofs!
INSERT INTO cold_chain_proof (
    proof_id, lot_id, kind, document, valid_until, withdrawn_at, withdrawn_reason, changed_at
)
SELECT proof_id, lot_id, kind, document, valid_until, withdrawn_at, withdrawn_reason, :changed_at ::timestamptz
FROM unnest(
    :proof_ids ::uuid[], :lot_ids ::uuid[], :kinds ::text[], :documents ::text[],
    :valid_untils ::timestamptz[], :withdrawn_ats ::timestamptz[], :reasons ::text[]
) AS row (proof_id, lot_id, kind, document, valid_until, withdrawn_at, withdrawn_reason)
ON CONFLICT (proof_id) DO UPDATE
SET valid_until = excluded.valid_until,
    withdrawn_at = excluded.withdrawn_at,
    withdrawn_reason = excluded.withdrawn_reason,
    changed_at = excluded.changed_at;

-- name: append_proof_statements
-- Stores what was said for the first time; repetitions come back absent.
INSERT INTO cold_chain_proof_statement (
    proof_id, statement_id, valid_until, withdrawn_at, reason, recorded_at, received_at, received_from
)
SELECT proof_id, statement_id, valid_until, withdrawn_at, reason, recorded_at, :received_at ::timestamptz,
       received_from
FROM unnest(
    :proof_ids ::uuid[], :statement_ids ::uuid[], :valid_untils ::timestamptz[],
    :withdrawn_ats ::timestamptz[], :reasons ::text[], :recorded_ats ::timestamptz[], :received_froms ::text[]
) AS row (proof_id, statement_id, valid_until, withdrawn_at, reason, recorded_at, received_from)
ON CONFLICT (proof_id, statement_id) DO NOTHING
RETURNING statement_id;

-- name: append_movements
INSERT INTO cold_chain_movement (
    movement_id, lot_id, reference, from_place, to_place, amount,
    occurred_at, recorded_at, received_at, received_from
)
SELECT movement_id, lot_id, reference, from_place, to_place, amount,
       occurred_at, recorded_at, :received_at ::timestamptz, received_from
FROM unnest(
    :movement_ids ::uuid[], :lot_ids ::uuid[], :references ::text[], :from_places ::uuid[],
    :to_places ::uuid[], :amounts ::numeric[], :occurred_ats ::timestamptz[],
    :recorded_ats ::timestamptz[], :received_froms ::text[]
) AS row (movement_id, lot_id, reference, from_place, to_place, amount, occurred_at, recorded_at, received_from)
ON CONFLICT (movement_id) DO NOTHING
RETURNING movement_id;

-- name: find_movement
SELECT lot_id, reference, from_place, to_place, amount, occurred_at, recorded_at, received_from
FROM cold_chain_movement
WHERE movement_id = :movement_id;

-- name: movements_of
SELECT lot_id, reference, from_place, to_place, amount, occurred_at, recorded_at, received_from
FROM cold_chain_movement
WHERE lot_id = :lot_id
ORDER BY occurred_at, movement_id;

-- name: add_holdings!
INSERT INTO cold_chain_holding (lot_id, place_id, amount)
SELECT lot_id, place_id, amount
FROM unnest(:lot_ids ::uuid[], :place_ids ::uuid[], :amounts ::numeric[]) AS row (lot_id, place_id, amount)
ON CONFLICT (lot_id, place_id) DO UPDATE SET amount = cold_chain_holding.amount + excluded.amount;

-- name: take_holding
-- Takes an amount away where there is as much; comes back empty where there is not.
UPDATE cold_chain_holding
SET amount = amount - :amount
WHERE lot_id = :lot_id AND place_id = :place_id AND amount >= :amount
RETURNING amount;

-- name: holdings_of
SELECT lot_id, place_id, code, division, amount
FROM cold_chain_holding JOIN place USING (place_id)
WHERE lot_id = ANY(:lot_ids ::uuid[])
ORDER BY lot_id, code;

-- name: places_by_code
SELECT place_id, code, division FROM place WHERE code = ANY(:codes ::text[]);

-- name: places_by_id
SELECT place_id, code, division FROM place WHERE place_id = ANY(:place_ids ::uuid[]);

-- name: hold_matching
-- One notice is taken, or one lot of later entries compared, at a time: what neither sees of the other is
-- committed before the other looks.
SELECT pg_advisory_xact_lock(hashtext('registration/notices'));

-- name: people_of_entries
SELECT entry_id, person_id AS subject_id, mark.kind AS via
FROM notice_mark AS mark
JOIN person ON (mark.kind = 'identity' AND person.identity_fingerprint = mark.mark)
WHERE entry_id = ANY(:entry_ids ::uuid[])
UNION ALL
SELECT entry_id, person_id, mark.kind
FROM notice_mark AS mark
JOIN person ON (mark.kind = 'telephone' AND person.telephone_fingerprint = mark.mark)
WHERE entry_id = ANY(:entry_ids ::uuid[]);

-- name: entries_of_people
SELECT entry_id, person_id AS subject_id, mark.kind AS via
FROM person JOIN notice_mark AS mark ON (mark.mark = person.identity_fingerprint AND mark.kind = 'identity')
WHERE person_id = ANY(:subject_ids ::uuid[])
UNION ALL
SELECT entry_id, person_id, mark.kind
FROM person JOIN notice_mark AS mark ON (mark.mark = person.telephone_fingerprint AND mark.kind = 'telephone')
WHERE person_id = ANY(:subject_ids ::uuid[]);

-- name: returns_of_entries
SELECT entry_id, return_id AS subject_id, division, 'vehicle' AS via
FROM notice_entry AS entry
JOIN return_facts USING (vehicle)
JOIN return_record AS held USING (return_id)
WHERE entry_id = ANY(:entry_ids ::uuid[])
  AND held.state <> 'withdrawn'
  AND (from_at IS NULL OR (arrived_at >= from_at AND arrived_at < until_at));

-- name: entries_of_returns
SELECT entry_id, return_id AS subject_id, division, 'vehicle' AS via
FROM return_record AS held
JOIN return_facts USING (return_id)
JOIN notice_entry AS entry USING (vehicle)
WHERE return_id = ANY(:subject_ids ::uuid[])
  AND held.state <> 'withdrawn'
  AND (from_at IS NULL OR (arrived_at >= from_at AND arrived_at < until_at));

-- name: transfers_of_entries
SELECT entry_id, transfer_id AS subject_id, division, 'vehicle' AS via
FROM notice_entry AS entry JOIN transfer ON vehicle_key = entry.vehicle
WHERE entry_id = ANY(:entry_ids ::uuid[])
  AND (from_at IS NULL
       OR (coalesce(picked_up_at, decided_at) >= from_at AND coalesce(picked_up_at, decided_at) < until_at));

-- name: entries_of_transfers
SELECT entry_id, transfer_id AS subject_id, division, 'vehicle' AS via
FROM transfer JOIN notice_entry AS entry ON entry.vehicle = vehicle_key
WHERE transfer_id = ANY(:subject_ids ::uuid[])
  AND (from_at IS NULL
       OR (coalesce(picked_up_at, decided_at) >= from_at AND coalesce(picked_up_at, decided_at) < until_at));

-- name: preregistrations_of_entries
SELECT entry_id, preregistration_id AS subject_id, division, 'vehicle' AS via
FROM notice_entry AS entry JOIN preregistration ON vehicle_key = entry.vehicle
WHERE entry_id = ANY(:entry_ids ::uuid[])
  AND NOT cancelled
  AND (from_at IS NULL OR (intended_on ::timestamp AT TIME ZONE 'Asia/Shanghai' >= from_at
                           AND intended_on ::timestamp AT TIME ZONE 'Asia/Shanghai' < until_at));

-- name: entries_of_preregistrations
SELECT entry_id, preregistration_id AS subject_id, division, 'vehicle' AS via
FROM preregistration JOIN notice_entry AS entry ON entry.vehicle = vehicle_key
WHERE preregistration_id = ANY(:subject_ids ::uuid[])
  AND NOT cancelled
  AND (from_at IS NULL OR (intended_on ::timestamp AT TIME ZONE 'Asia/Shanghai' >= from_at
                           AND intended_on ::timestamp AT TIME ZONE 'Asia/Shanghai' < until_at));

-- name: lots_of_entries
SELECT entry_id, lot_id AS subject_id, division, 'lot-number' AS via
FROM notice_entry JOIN cold_chain_lot ON number_key = lot_key
WHERE entry_id = ANY(:entry_ids ::uuid[]);

-- name: entries_of_lots
SELECT entry_id, lot_id AS subject_id, division, 'lot-number' AS via
FROM cold_chain_lot JOIN notice_entry ON lot_key = number_key
WHERE lot_id = ANY(:subject_ids ::uuid[]);

-- name: divisions_of_people
SELECT person_id, division FROM person WHERE person_id = ANY(:person_ids ::uuid[]);

-- name: take_looks
-- Takes some of what is to be compared, leaving what others are taking.
DELETE FROM notice_look
WHERE look_id = ANY(ARRAY(
    SELECT look_id FROM notice_look ORDER BY look_id LIMIT :most FOR UPDATE SKIP LOCKED
))
RETURNING ledger, subject_id;

-- name: any_looks
SELECT EXISTS (SELECT FROM notice_look);

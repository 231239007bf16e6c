-- name: hold_matching
-- One notice is taken, or one lot of later entries compared, at a time: what neither sees of the other is
-- committed before the other looks.
SELECT pg_advisory_xact_lock(hashtext('registration/notices'));

-- name: insert_notice
INSERT INTO assistance_notice (
    notice_id, division, issuer, number, occurred_at, recorded_at, first_received_at, received_from
)
VALUES (:id, :division, :issuer, :number, :occurred_at, :recorded_at, :received_at, :received_from)
ON CONFLICT (notice_id) DO NOTHING
RETURNING notice_id;

-- name: insert_entries
-- Stores what was not named before; repetitions come back absent.
INSERT INTO notice_entry (
    entry_id, notice_id, kind, details_sealed, vehicle, lot_key, named_on, from_at, until_at, received_at
)
SELECT entry_id, :notice_id ::uuid, kind, details_sealed, vehicle, lot_key, named_on, from_at, until_at,
       :received_at ::timestamptz
FROM unnest(
    :entry_ids ::uuid[], :kinds ::text[], :details_sealed ::bytea[], :vehicles ::text[], :lot_keys ::text[],
    :named_ons ::date[], :from_ats ::timestamptz[], :until_ats ::timestamptz[]
) AS row (entry_id, kind, details_sealed, vehicle, lot_key, named_on, from_at, until_at)
ON CONFLICT (entry_id) DO NOTHING
RETURNING entry_id;

-- name: add_marks!
INSERT INTO notice_mark (entry_id, kind, mark)
SELECT entry_id, kind, mark
FROM unnest(:entry_ids ::uuid[], :kinds ::text[], :marks ::bytea[]) AS row (entry_id, kind, mark)
ON CONFLICT DO NOTHING;

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
  AND withdrawn_into IS NULL
  AND (from_at IS NULL OR (arrived_at >= from_at AND arrived_at < until_at));

-- name: entries_of_returns
SELECT entry_id, return_id AS subject_id, division, 'vehicle' AS via
FROM return_record AS held
JOIN return_facts USING (return_id)
JOIN notice_entry AS entry USING (vehicle)
WHERE return_id = ANY(:subject_ids ::uuid[])
  AND withdrawn_into IS NULL
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

-- name: insert_matches
-- Stores what was not found before; what was found already comes back absent.
INSERT INTO notice_match (
    match_id, entry_id, notice_id, division, ledger, subject_id, via, state, matched_at, changed_at
)
SELECT match_id, entry_id, entry.notice_id, row.division, ledger, subject_id, via, 'open',
       :now ::timestamptz, :now
FROM unnest(
    :match_ids ::uuid[], :entry_ids ::uuid[], :divisions ::text[], :ledgers ::text[], :subject_ids ::uuid[],
    :vias ::text[]
) AS row (match_id, entry_id, division, ledger, subject_id, via)
JOIN notice_entry AS entry USING (entry_id)
ON CONFLICT (match_id) DO NOTHING
RETURNING match_id, notice_id, division, ledger, subject_id;

-- name: take_looks
-- Takes some of what is to be compared, leaving what others are taking.
DELETE FROM notice_look
WHERE look_id = ANY(ARRAY(
    SELECT look_id FROM notice_look ORDER BY look_id LIMIT :most FOR UPDATE SKIP LOCKED
))
RETURNING ledger, subject_id;

-- name: any_looks
SELECT EXISTS (SELECT FROM notice_look);

-- name: entries_after
-- People who were named, in the order of ids, so that marks under a new key can be added.
SELECT entry_id, details_sealed
FROM notice_entry
WHERE kind = 'person' AND entry_id > :after ::uuid
ORDER BY entry_id
LIMIT :most;

-- name: reseal_entries!
UPDATE notice_entry AS entry
SET details_sealed = row.details_sealed
FROM unnest(:entry_ids ::uuid[], :details_sealed ::bytea[]) AS row (entry_id, details_sealed)
WHERE entry.entry_id = row.entry_id;

-- name: find_notice
SELECT notice_id, division, issuer, number, occurred_at, recorded_at, first_received_at,
       (SELECT count(*) FROM notice_entry AS e WHERE e.notice_id = notice.notice_id AND kind = 'person') AS people,
       (SELECT count(*) FROM notice_entry AS e WHERE e.notice_id = notice.notice_id AND kind = 'vehicle') AS vehicles,
       (SELECT count(*) FROM notice_entry AS e WHERE e.notice_id = notice.notice_id AND kind = 'goods') AS goods
FROM assistance_notice AS notice
WHERE notice_id = :id AND division >= :low AND division < :high;

-- name: list_notices
SELECT notice_id, division, issuer, number, occurred_at, recorded_at, first_received_at,
       (SELECT count(*) FROM notice_entry AS e WHERE e.notice_id = notice.notice_id AND kind = 'person') AS people,
       (SELECT count(*) FROM notice_entry AS e WHERE e.notice_id = notice.notice_id AND kind = 'vehicle') AS vehicles,
       (SELECT count(*) FROM notice_entry AS e WHERE e.notice_id = notice.notice_id AND kind = 'goods') AS goods
FROM assistance_notice AS notice
WHERE division >= :low AND division < :high
  AND (division, notice_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, notice_id
LIMIT :most;

-- name: find_match
SELECT match_id, match.notice_id, entry_id, match.division, ledger, subject_id, via, state, matched_at, found_at,
       contacted_at, ended_at, reason, issuer, number, notice.occurred_at AS notice_at,
       named_on, details_sealed, vehicle, lot_key
FROM notice_match AS match JOIN assistance_notice AS notice USING (notice_id) JOIN notice_entry USING (entry_id)
WHERE match_id = :id AND match.division >= :low AND match.division < :high;

-- name: lock_match
SELECT match_id FROM notice_match
WHERE match_id = :id AND division >= :low AND division < :high
FOR UPDATE;

-- name: list_matches
SELECT match_id, match.notice_id, entry_id, match.division, ledger, subject_id, via, state, matched_at, found_at,
       contacted_at, ended_at, reason, issuer, number, notice.occurred_at AS notice_at,
       named_on, details_sealed, vehicle, lot_key
FROM notice_match AS match JOIN assistance_notice AS notice USING (notice_id) JOIN notice_entry USING (entry_id)
WHERE match.division >= :low AND match.division < :high
  AND (:state ::text IS NULL OR state = :state)
  AND (:going_on ::boolean IS NULL OR (ended_at IS NULL) = :going_on)
  AND (:notice_id ::uuid IS NULL OR match.notice_id = :notice_id)
  AND (match.division, match_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY match.division, match_id
LIMIT :most;

-- name: append_step
INSERT INTO notice_match_step (
    match_id, step_id, step, reason, occurred_at, recorded_at, received_at, received_from
)
VALUES (:match_id, :step_id, :step, :reason, :occurred_at, :recorded_at, :received_at, :received_from)
ON CONFLICT (match_id, step_id) DO NOTHING
RETURNING step_id;

-- name: steps_of
SELECT step, reason, occurred_at, recorded_at, received_at
FROM notice_match_step
WHERE match_id = :match_id
ORDER BY received_at, step_id;

-- name: update_match!
UPDATE notice_match
SET state = :state, found_at = :found_at, contacted_at = :contacted_at, ended_at = :ended_at,
    reason = :reason, changed_at = :changed_at
WHERE match_id = :id;

-- name: person_of_return
SELECT person_id FROM return_record WHERE return_id = :subject_id;

-- name: person_of_transfer
SELECT person.person_id FROM transfer JOIN person USING (person_id) WHERE transfer_id = :subject_id;

-- name: insert_ground!
INSERT INTO management_ground (
    ground_id, person_id, division, kind, began_on, recorded_at, received_at
)
VALUES (:id, :person_id, :division, :kind, :began_on, :recorded_at, :received_at)
ON CONFLICT (ground_id) DO NOTHING;

-- name: division_of_person
SELECT division FROM person WHERE person_id = :person_id;

-- name: is_named
-- Whether a notice names something that nobody has found to be another.
SELECT EXISTS (
    SELECT FROM notice_match WHERE subject_id = :subject_id AND ledger = :ledger AND state <> 'not-the-one'
);

-- name: figures
SELECT count(*) AS going_on, min(matched_at) AS oldest_at FROM notice_match WHERE ended_at IS NULL;

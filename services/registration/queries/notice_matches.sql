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

-- name: person_of_preregistration
SELECT person_id FROM preregistration WHERE preregistration_id = :subject_id;

-- name: is_named
-- Whether a notice names something that nobody has found to be another.
SELECT EXISTS (
    SELECT FROM notice_match WHERE subject_id = :subject_id AND ledger = :ledger AND state <> 'not-the-one'
);

-- name: figures
SELECT count(*) AS going_on, min(matched_at) AS oldest_at FROM notice_match WHERE ended_at IS NULL;

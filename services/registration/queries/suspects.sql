-- name: take_turn
-- Merges and their undoing happen one after the other: people decide them, so there are few.
SELECT pg_advisory_xact_lock(hashtext('dutyclock-merging-people'));

-- name: find_suspect
SELECT suspect_id, one, other, division, state, found_at
FROM suspect_pair
WHERE suspect_id = :suspect_id AND division >= :low AND division < :high;

-- name: list_suspects
SELECT suspect_id, one, other, division, state, found_at
FROM suspect_pair
WHERE state = :state
  AND division >= :low AND division < :high
  AND (division, suspect_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, suspect_id
LIMIT :most;

-- name: lock_suspect
SELECT suspect_id, one, other, division, state, found_at
FROM suspect_pair
WHERE suspect_id = :suspect_id
FOR UPDATE;

-- name: set_suspect_state!
UPDATE suspect_pair SET state = :state, changed_at = :changed_at WHERE suspect_id = :suspect_id;

-- name: settle_pairs_between!
-- Pairs of which one lies on either side; what was decided to be distinct stays that.
UPDATE suspect_pair SET state = :after, changed_at = :changed_at
WHERE state = :before
  AND ((one = ANY(:these ::uuid[]) AND other = ANY(:those ::uuid[]))
    OR (one = ANY(:those) AND other = ANY(:these)));

-- name: kept_apart
-- Whether somebody decided that these and those are two people.
SELECT EXISTS (
    SELECT FROM suspect_pair
    WHERE state = 'distinct'
      AND ((one = ANY(:these ::uuid[]) AND other = ANY(:those ::uuid[]))
        OR (one = ANY(:those) AND other = ANY(:these)))
);

-- name: merge_person!
UPDATE person SET merged_into = :kept, changed_at = :changed_at
WHERE person_id = :other AND merged_into IS NULL;

-- name: part_person!
UPDATE person SET merged_into = NULL, changed_at = :changed_at
WHERE person_id = :other AND merged_into = :kept;

-- name: append_decision!
INSERT INTO person_decision (
    decision_id, kind, person_id, other_id, suspect_id, undoes, division, reason, decided_at, decided_by
)
VALUES (
    :decision_id, :kind, :person_id, :other_id, :suspect_id, :undoes, :division, :reason, :decided_at, :decided_by
);

-- name: find_decision
SELECT decision_id, kind, person_id, other_id, suspect_id, undoes, division, reason, decided_at, decided_by
FROM person_decision
WHERE decision_id = :decision_id AND division >= :low AND division < :high;

-- name: find_undoing
SELECT decision_id, kind, person_id, other_id, suspect_id, undoes, division, reason, decided_at, decided_by
FROM person_decision
WHERE undoes = :decision_id;

-- name: latest_decision_on
SELECT decision_id, kind, person_id, other_id, suspect_id, undoes, division, reason, decided_at, decided_by
FROM person_decision
WHERE suspect_id = :suspect_id
ORDER BY decided_at DESC, decision_id
LIMIT 1;

-- name: standing_merges_of
-- The merges that hold now among these people.
SELECT decision.decision_id, decision.kind, decision.person_id, decision.other_id, decision.suspect_id,
       decision.undoes, decision.division, decision.reason, decision.decided_at, decision.decided_by
FROM person_decision AS decision
WHERE decision.other_id = ANY(:person_ids ::uuid[])
  AND decision.kind = 'merged'
  AND NOT EXISTS (SELECT FROM person_decision AS undoing WHERE undoing.undoes = decision.decision_id)
ORDER BY decision.decided_at, decision.decision_id;

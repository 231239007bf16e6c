-- name: insert_inspection
INSERT INTO place_inspection (
    inspection_id, place_id, reference, kind, answers, findings, policy_version,
    occurred_at, recorded_at, received_at, received_from
)
VALUES (
    :id, :place_id, :reference, :kind, :answers, :findings, :policy_version,
    :occurred_at, :recorded_at, :received_at, :received_from
)
ON CONFLICT (inspection_id) DO NOTHING
RETURNING inspection_id;

-- name: find_inspection
SELECT place_id, reference, kind, answers, policy_version, occurred_at, recorded_at, received_from
FROM place_inspection
WHERE inspection_id = :id;

-- name: inspections_of
SELECT place_id, reference, kind, answers, policy_version, occurred_at, recorded_at, received_from
FROM place_inspection
WHERE place_id = :place_id
ORDER BY occurred_at DESC, inspection_id
LIMIT :most;

-- name: insert_findings!
INSERT INTO place_finding (
    finding_id, inspection_id, place_id, division, item, state, found_at, changed_at
)
SELECT finding_id, :inspection_id ::uuid, :place_id ::uuid, :division ::text, item, 'open',
       :found_at ::timestamptz, :changed_at ::timestamptz
FROM unnest(:finding_ids ::uuid[], :items ::text[]) AS row (finding_id, item);

-- name: find_finding
SELECT finding_id, inspection_id, code, finding.division, item, state, found_at, mended_at, confirmed_at
FROM place_finding AS finding JOIN place USING (place_id)
WHERE finding_id = :id AND finding.division >= :low AND finding.division < :high;

-- name: lock_finding
SELECT finding_id, inspection_id, code, finding.division, item, state, found_at, mended_at, confirmed_at
FROM place_finding AS finding JOIN place USING (place_id)
WHERE finding_id = :id AND finding.division >= :low AND finding.division < :high
FOR UPDATE OF finding;

-- name: update_finding!
UPDATE place_finding
SET state = :state, mended_at = :mended_at, confirmed_at = :confirmed_at, changed_at = :changed_at
WHERE finding_id = :id;

-- name: append_finding_step
INSERT INTO place_finding_step (
    finding_id, step_id, step, note, occurred_at, recorded_at, received_at, received_from
)
VALUES (
    :finding_id, :step_id, :step, :note, :occurred_at, :recorded_at, :received_at, :received_from
)
ON CONFLICT (finding_id, step_id) DO NOTHING
RETURNING step_id;

-- name: finding_steps
SELECT step, note, occurred_at, recorded_at, received_at
FROM place_finding_step
WHERE finding_id = :finding_id
ORDER BY received_at, step_id;

-- name: list_findings
SELECT finding_id, inspection_id, code, finding.division, item, state, found_at, mended_at, confirmed_at
FROM place_finding AS finding JOIN place USING (place_id)
WHERE finding.division >= :low AND finding.division < :high
  AND (:state ::text IS NULL OR state = :state)
  AND (:unconfirmed ::boolean IS NULL OR (state <> 'confirmed') = :unconfirmed)
  AND (finding.division, finding_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY finding.division, finding_id
LIMIT :most;

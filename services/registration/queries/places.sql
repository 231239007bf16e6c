-- name: insert_places
-- Stores places whose codes are new; those that are known already come back absent.
INSERT INTO place (
    place_id, code, division, kind, name, address, in_charge_sealed, in_charge_fingerprint,
    first_received_at, changed_at
)
SELECT place_id, code, division, kind, name, address, in_charge_sealed, in_charge_fingerprint,
       :received_at ::timestamptz, :received_at
FROM unnest(
    :place_ids ::uuid[], :codes ::text[], :divisions ::text[], :kinds ::text[], :names ::text[],
    :addresses ::text[], :in_charge_sealed ::bytea[], :in_charge_fingerprints ::bytea[]
) AS row (place_id, code, division, kind, name, address, in_charge_sealed, in_charge_fingerprint)
ON CONFLICT (place_id) DO NOTHING
RETURNING place_id;

-- name: lock_places
-- In the order of ids, so that two transactions never wait for each other.
SELECT place_id, code, division, kind, name, address, closed_since, closed_reason,
       in_charge_sealed, in_charge_fingerprint
FROM place
WHERE place_id = ANY(:place_ids ::uuid[])
ORDER BY place_id
FOR UPDATE;

-- name: update_places!
UPDATE place AS held
SET division = row.division,
    kind = row.kind,
    name = row.name,
    address = row.address,
    in_charge_sealed = row.in_charge_sealed,
    in_charge_fingerprint = row.in_charge_fingerprint,
    changed_at = :changed_at
FROM unnest(
    :place_ids ::uuid[], :divisions ::text[], :kinds ::text[], :names ::text[],
    :addresses ::text[], :in_charge_sealed ::bytea[], :in_charge_fingerprints ::bytea[]
) AS row (place_id, division, kind, name, address, in_charge_sealed, in_charge_fingerprint)
WHERE held.place_id = row.place_id;

-- name: move_findings!
-- What was found goes where its place goes.
UPDATE place_finding AS finding
SET division = place.division
FROM place
WHERE place.place_id = ANY(:place_ids ::uuid[])
  AND finding.place_id = place.place_id
  AND finding.division <> place.division;

-- name: find_place
SELECT place_id, code, division, kind, name, address, closed_since, closed_reason,
       in_charge_sealed, in_charge_fingerprint
FROM place
WHERE code = :code AND division >= :low AND division < :high;

-- name: lock_place
SELECT place_id, code, division, kind, name, address, closed_since, closed_reason,
       in_charge_sealed, in_charge_fingerprint
FROM place
WHERE code = :code AND division >= :low AND division < :high
FOR UPDATE;

-- name: list_places
SELECT place_id, code, division, kind, name, address, closed_since, closed_reason,
       in_charge_sealed, in_charge_fingerprint
FROM place
WHERE division >= :low AND division < :high
  AND (:kind ::text IS NULL OR kind = :kind)
  AND (:is_closed ::boolean IS NULL OR (closed_since IS NOT NULL) = :is_closed)
  AND (division, place_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, place_id
LIMIT :most;

-- name: append_closure
INSERT INTO place_closure (
    place_id, closure_id, closed, reason, occurred_at, recorded_at, received_at, received_from
)
VALUES (
    :place_id, :closure_id, :closed, :reason, :occurred_at, :recorded_at, :received_at, :received_from
)
ON CONFLICT (place_id, closure_id) DO NOTHING
RETURNING closure_id;

-- name: closures_of
SELECT place_id, closed, reason, occurred_at, recorded_at, received_at, received_from
FROM place_closure
WHERE place_id = :place_id
ORDER BY occurred_at, closure_id;

-- name: set_closure!
UPDATE place
SET closed_since = :since, closed_reason = :reason, changed_at = :changed_at
WHERE place_id = :place_id;

-- name: insert_abnormality
INSERT INTO place_abnormality (
    abnormality_id, place_id, kind, note, occurred_at, recorded_at, received_at, received_from
)
VALUES (:id, :place_id, :kind, :note, :occurred_at, :recorded_at, :received_at, :received_from)
ON CONFLICT (abnormality_id) DO NOTHING
RETURNING abnormality_id;

-- name: abnormalities_of
SELECT abnormality_id, kind, note, occurred_at, received_at
FROM place_abnormality
WHERE place_id = :place_id
ORDER BY occurred_at DESC, abnormality_id
LIMIT :most;

-- name: insert_entry_check
INSERT INTO place_entry_check (
    check_id, place_id, role, allowed, rules, temperature, symptoms,
    occurred_at, recorded_at, received_at, received_from
)
VALUES (
    :id, :place_id, :role, :allowed, :rules, :temperature, :symptoms,
    :occurred_at, :recorded_at, :received_at, :received_from
)
ON CONFLICT (check_id) DO NOTHING
RETURNING check_id;

-- name: find_entry_check
SELECT role, temperature, symptoms, rules FROM place_entry_check WHERE check_id = :id;

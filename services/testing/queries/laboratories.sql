-- name: put_laboratory
-- Registers a laboratory or changes it; what it was is in its revisions.
INSERT INTO laboratory AS held (
    laboratory, division, kind, tubes_per_day, facts, revision, registered_at, changed_at, received_from
)
VALUES (:code, :division, :kind, :tubes_per_day, :facts, 1, :now ::timestamptz, :now, :received_from)
ON CONFLICT (laboratory) DO UPDATE
SET division = excluded.division,
    kind = excluded.kind,
    tubes_per_day = excluded.tubes_per_day,
    facts = excluded.facts,
    revision = held.revision + 1,
    changed_at = excluded.changed_at,
    received_from = excluded.received_from
WHERE held.facts <> excluded.facts OR held.division <> excluded.division OR held.kind <> excluded.kind
RETURNING revision;

-- name: append_laboratory_revision!
INSERT INTO laboratory_revision (laboratory, revision, facts, recorded_at, received_at, received_from)
VALUES (:code, :revision, :facts, :recorded_at, :now, :received_from);

-- name: lock_laboratories
-- Lets those who decide about a laboratory follow one another until the transaction ends.
SELECT laboratory, division FROM laboratory WHERE laboratory = ANY(:codes ::text[]) ORDER BY laboratory FOR UPDATE;

-- name: divisions_of_laboratories
SELECT laboratory, division FROM laboratory WHERE laboratory = ANY(:codes ::text[]);

-- name: find_laboratory
SELECT held.laboratory, held.division, held.kind, held.facts, held.revision, held.registered_at, held.changed_at,
       suspension.suspended_at
FROM laboratory AS held
LEFT JOIN laboratory_suspension AS suspension
       ON suspension.laboratory = held.laboratory AND suspension.ended_at IS NULL
WHERE held.laboratory = :code AND held.division >= :low AND held.division < :high;

-- name: list_laboratories
SELECT held.laboratory, held.division, held.kind, held.facts, held.revision, held.registered_at, held.changed_at,
       suspension.suspended_at
FROM laboratory AS held
LEFT JOIN laboratory_suspension AS suspension
       ON suspension.laboratory = held.laboratory AND suspension.ended_at IS NULL
WHERE held.division >= :low AND held.division < :high
  AND (held.division, held.laboratory) > (:after_division ::text, :after_code ::text)
  AND (:kind ::text IS NULL OR held.kind = :kind)
  AND (:suspended ::boolean IS NULL OR (suspension.laboratory IS NOT NULL) = :suspended)
ORDER BY held.division, held.laboratory
LIMIT :most;

-- name: laboratory_history
SELECT revision, facts, recorded_at, received_at
FROM laboratory_revision
WHERE laboratory = :code
ORDER BY revision DESC
LIMIT :most;

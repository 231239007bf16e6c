-- name: append_recovery
INSERT INTO person_recovery (
    recovery_id, person_id, division, kind, recovered_at, reason, stated_by, recorded_at, received_at, received_from,
    institution
)
VALUES (
    :recovery_id, :person_id, :division, :kind, :recovered_at, :reason, :stated_by, :recorded_at, :received_at,
    :received_from, :institution
)
ON CONFLICT (recovery_id) DO NOTHING
RETURNING recovery_id;

-- name: recoveries_of_people
-- What is stated of people and of those who were merged into them, in the order in which it was entered.
WITH RECURSIVE same AS (
    SELECT person_id AS owner, person_id FROM unnest(:person_ids ::uuid[]) AS asked (person_id)
    UNION
    SELECT same.owner, person.person_id FROM same JOIN person ON person.merged_into = same.person_id
)
SELECT same.owner, recovery.person_id, recovery.kind, recovery.recovered_at, recovery.reason, recovery.stated_by,
       recovery.recorded_at, recovery.received_from, recovery.institution
FROM same JOIN person_recovery AS recovery USING (person_id)
ORDER BY recovery.recorded_at, recovery.recovery_id;

-- name: list_recoveries
SELECT recovery_id, division, person_id, kind, recovered_at, reason, stated_by, recorded_at, received_from, institution
FROM person_recovery
WHERE division >= :low AND division < :high
  AND (division, recovery_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, recovery_id
LIMIT :most;

-- name: append_recovery
INSERT INTO person_recovery (
    recovery_id, person_id, division, kind, recovered_at, reason, stated_by, recorded_at, received_at, received_from
)
VALUES (
    :recovery_id, :person_id, :division, :kind, :recovered_at, :reason, :stated_by, :recorded_at, :received_at,
    :received_from
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
       recovery.recorded_at, recovery.received_from
FROM same JOIN person_recovery AS recovery USING (person_id)
ORDER BY recovery.recorded_at, recovery.recovery_id;

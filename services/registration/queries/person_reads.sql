-- name: same_people
-- For each id asked for, every row that stands for the same person, the surviving one first, and whether the
-- subtree sees that row: because the person is at home in it, or because it told of them.
WITH RECURSIVE up AS (
    SELECT person_id AS asked, person_id, merged_into FROM person WHERE person_id = ANY(:person_ids ::uuid[])
    UNION ALL
    SELECT up.asked, person.person_id, person.merged_into
    FROM up JOIN person ON person.person_id = up.merged_into
), same AS (
    SELECT asked, person_id FROM up WHERE merged_into IS NULL
    UNION ALL
    SELECT same.asked, person.person_id FROM same JOIN person ON person.merged_into = same.person_id
)
SELECT same.asked, person.person_id, person.division, person.occupation, person.details_sealed, person.merged_into,
       person.first_received_at,
       (person.division >= :low AND person.division < :high) OR EXISTS (
           SELECT FROM person_place
           WHERE person_place.person_id = person.person_id
             AND person_place.division >= :low AND person_place.division < :high
       ) AS is_seen
FROM same JOIN person USING (person_id)
ORDER BY same.asked, person.merged_into IS NOT NULL, person.first_received_at, person.person_id;

-- name: list_people
SELECT person_id
FROM person
WHERE division >= :low AND division < :high
  AND merged_into IS NULL
  AND (division, person_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, person_id
LIMIT :most;

-- name: statements_about
SELECT kind, division, fields, reason, received_at
FROM person_statement
WHERE person_id = ANY(:person_ids ::uuid[])
ORDER BY received_at, statement_id;

-- name: returns_of_people
SELECT return_id AS id, division, state
FROM return_record
WHERE person_id = ANY(:person_ids ::uuid[]) AND division >= :low AND division < :high
ORDER BY arrived_at, return_id;

-- name: plans_of_people
SELECT plan_id AS id, division, state
FROM plan
WHERE person_id = ANY(:person_ids ::uuid[]) AND division >= :low AND division < :high
ORDER BY day_zero, plan_id;

-- name: preregistrations_of_people
SELECT preregistration_id AS id, division,
       CASE WHEN return_id IS NOT NULL THEN 'arrived' WHEN cancelled THEN 'cancelled'
            WHEN intended_on < :today ::date THEN 'overdue' ELSE 'expected' END AS state
FROM preregistration
WHERE person_id = ANY(:person_ids ::uuid[]) AND division >= :low AND division < :high
ORDER BY intended_on, preregistration_id;

-- name: append_unmasking!
INSERT INTO person_unmasking (
    unmasking_id, person_id, division, fields, reason, unmasked_at, unmasked_by, request_id
)
VALUES (
    :unmasking_id, :person_id, :division, :fields ::text[], :reason, :unmasked_at, :unmasked_by, :request_id
);

-- name: list_unmaskings
SELECT unmasking_id, person_id, division, fields, reason, unmasked_at, unmasked_by, request_id
FROM person_unmasking
WHERE division >= :low AND division < :high
  AND (unmasked_at, unmasking_id) > (:after_at ::timestamptz, :after_id ::uuid)
ORDER BY unmasked_at, unmasking_id
LIMIT :most;

-- name: list_unmaskings_of
SELECT unmasking_id, person_id, division, fields, reason, unmasked_at, unmasked_by, request_id
FROM person_unmasking
WHERE person_id = :person_id
  AND division >= :low AND division < :high
  AND (unmasked_at, unmasking_id) > (:after_at ::timestamptz, :after_id ::uuid)
ORDER BY unmasked_at, unmasking_id
LIMIT :most;

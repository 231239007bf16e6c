-- name: take_turn
-- Whoever changes the grid or the charges does so one after another; freed with the transaction.
SELECT pg_advisory_xact_lock(hashtext('registration-care'));

-- name: take_looks
-- Takes whom to look at next; what another process has taken is passed over.
DELETE FROM care_look
WHERE look_id = ANY(ARRAY(
    SELECT look_id FROM care_look ORDER BY look_id LIMIT :most ::int FOR UPDATE SKIP LOCKED
))
RETURNING person_id;

-- name: look_at!
INSERT INTO care_look (person_id) SELECT unnest(:person_ids ::uuid[]);

-- name: look_at_charges_of!
-- Those for whom the given people answer now.
INSERT INTO care_look (person_id)
SELECT DISTINCT person_id FROM charge WHERE staff_id = ANY(:staff_ids ::uuid[]) AND ended_at IS NULL;

-- name: look_at_missing!
-- Those in the given subtrees who lack somebody.
INSERT INTO care_look (person_id)
SELECT person_id FROM under_care AS u
WHERE u.missing <> '{}' AND EXISTS (
    SELECT FROM unnest(:lows ::text[], :highs ::text[]) AS subtree (low, high)
    WHERE u.division >= low AND u.division < high
);

-- name: states_of
-- Where people live, and whether five must answer for them: while a plan is open, or from a return that
-- became known until a plan that ended after it; and when the last plan ended, where none is open. A return
-- that turned out to be another one, told again, counts for nobody; one that was told under a record that
-- turned out to be theirs counts for them.
WITH RECURSIVE own AS (
    SELECT person_id AS owner, person_id FROM person WHERE person_id = ANY(:person_ids ::uuid[])
    UNION ALL
    SELECT own.owner, person.person_id FROM own JOIN person ON person.merged_into = own.person_id
),
planned AS (
    SELECT own.owner,
           bool_or(plan.state = 'open' AND plan.person_id = own.owner) AS is_open,
           max(plan.changed_at) FILTER (WHERE plan.person_id = own.owner) AS changed_at,
           max(plan.changed_at) FILTER (
               WHERE plan.state = 'released' OR plan.state <> 'open' AND plan.person_id = own.owner
           ) AS last_ended_at
    FROM own JOIN plan USING (person_id)
    GROUP BY own.owner
),
returned AS (
    SELECT own.owner, max(held.arrived_at) AS last_arrived_at
    FROM own JOIN return_record AS held USING (person_id)
    WHERE held.state <> 'withdrawn'
    GROUP BY own.owner
)
SELECT p.person_id, p.division, g.block, g.building, p.merged_into,
       CASE WHEN NOT planned.is_open THEN planned.changed_at END AS management_ended_at,
       p.merged_into IS NULL AND (
           COALESCE(planned.is_open, false)
           OR COALESCE(returned.last_arrived_at > COALESCE(planned.last_ended_at, '-infinity'), false)
       ) AS under_care
FROM person AS p
LEFT JOIN grid_place AS g USING (person_id)
LEFT JOIN planned ON planned.owner = p.person_id
LEFT JOIN returned ON returned.owner = p.person_id
WHERE p.person_id = ANY(:person_ids ::uuid[])
ORDER BY p.person_id;

-- name: charges_of
SELECT c.charge_id, c.person_id, c.role, c.staff_id, c.division, c.assigned_at, c.ended_at, c.ended_for, s.key
FROM charge AS c JOIN grid_staff AS s USING (staff_id)
WHERE c.person_id = ANY(:person_ids ::uuid[]) AND c.ended_at IS NULL
ORDER BY c.person_id, c.role;

-- name: former_charges_of
SELECT c.charge_id, c.person_id, c.role, c.staff_id, c.division, c.assigned_at, c.ended_at, c.ended_for, s.key
FROM charge AS c JOIN grid_staff AS s USING (staff_id)
WHERE c.person_id = :person_id AND c.ended_at IS NOT NULL
ORDER BY c.ended_at DESC, c.charge_id
LIMIT 100;

-- name: count_charges
SELECT staff_id, count(*) AS charges
FROM charge
WHERE staff_id = ANY(:staff_ids ::uuid[]) AND ended_at IS NULL
GROUP BY staff_id;

-- name: end_charges!
UPDATE charge AS held
SET ended_at = :ended_at ::timestamptz, ended_for = row.ended_for
FROM unnest(:charge_ids ::uuid[], :ended_fors ::text[]) AS row (charge_id, ended_for)
WHERE held.charge_id = row.charge_id AND held.ended_at IS NULL;

-- name: add_charges!
INSERT INTO charge (charge_id, person_id, role, staff_id, division, assigned_at)
SELECT charge_id, person_id, role, staff_id, division, :assigned_at ::timestamptz
FROM unnest(
    :charge_ids ::uuid[], :person_ids ::uuid[], :roles ::text[], :staff_ids ::uuid[], :divisions ::text[]
) AS row (charge_id, person_id, role, staff_id, division)
ORDER BY charge_id;

-- name: keep_under_care!
INSERT INTO under_care (person_id, division, missing, since, changed_at)
SELECT person_id, division, string_to_array(missing, ' '), :now ::timestamptz, :now
FROM unnest(:person_ids ::uuid[], :divisions ::text[], :missings ::text[]) AS row (person_id, division, missing)
ORDER BY person_id
ON CONFLICT (person_id) DO UPDATE SET
    division = excluded.division, missing = excluded.missing, changed_at = excluded.changed_at
WHERE (under_care.division, under_care.missing) IS DISTINCT FROM (excluded.division, excluded.missing);

-- name: leave_care!
DELETE FROM under_care WHERE person_id = ANY(:person_ids ::uuid[]);

-- name: find_under_care
-- A person who was merged into another is found as that one.
WITH RECURSIVE chain AS (
    SELECT person_id, merged_into, 0 AS depth FROM person WHERE person_id = :person_id
    UNION ALL
    SELECT p.person_id, p.merged_into, depth + 1
    FROM person AS p JOIN chain ON p.person_id = chain.merged_into
    WHERE depth < 20
)
SELECT p.person_id, p.division, g.block, g.building, u.missing, u.since
FROM chain
JOIN person AS p USING (person_id)
LEFT JOIN grid_place AS g USING (person_id)
LEFT JOIN under_care AS u USING (person_id)
WHERE chain.merged_into IS NULL;

-- name: save_grid_place!
INSERT INTO grid_place (person_id, block, building, recorded_at)
VALUES (:person_id, :block, :building, :recorded_at)
ON CONFLICT (person_id) DO UPDATE SET
    block = excluded.block, building = excluded.building, recorded_at = excluded.recorded_at;

-- name: list_missing
SELECT person_id, division, missing, since
FROM under_care
WHERE missing <> '{}' AND division >= :low AND division < :high
  AND (division, person_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, person_id
LIMIT :most ::int;

-- name: list_charges_of_staff
SELECT charge_id, person_id, role, division, assigned_at
FROM charge
WHERE staff_id = :staff_id AND ended_at IS NULL AND division >= :low AND division < :high
  AND (division, charge_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, charge_id
LIMIT :most ::int;

-- name: changes_of_staff
-- What began and what ended for somebody behind a moment, in the order of time.
SELECT charge_id, person_id, role, division, change, changed_at, ended_for
FROM (
    SELECT charge_id, person_id, role, division, 'begun' AS change, assigned_at AS changed_at, NULL AS ended_for
    FROM charge
    WHERE staff_id = :staff_id AND assigned_at >= :after_at ::timestamptz
    UNION ALL
    SELECT charge_id, person_id, role, division, 'ended', ended_at, ended_for
    FROM charge
    WHERE staff_id = :staff_id AND ended_at >= :after_at
) AS told
WHERE division >= :low AND division < :high
  AND (changed_at, charge_id, change) > (:after_at, :after_id ::uuid, :after_change ::text)
ORDER BY changed_at, charge_id, change
LIMIT :most ::int;

-- name: count_missing
-- By role and district, how many people under care lack somebody.
SELECT role, left(division, 6) AS district, count(*) AS people
FROM under_care, unnest(missing) AS role
WHERE missing <> '{}'
GROUP BY role, district;

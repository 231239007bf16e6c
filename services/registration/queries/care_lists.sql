-- name: people_with_open_symptoms
SELECT person_id FROM ill_person;

-- name: open_symptoms_of
SELECT DISTINCT same.asked AS person_id
FROM records_of(:person_ids ::uuid[]) AS same JOIN ill_record USING (person_id);

-- name: people_to_place
-- Whom ids name: people, and whoever came by a return, each with all whom they were merged into; in the order of ids.
WITH RECURSIVE named AS (
    SELECT person_id, merged_into FROM person WHERE person_id = ANY(:ids ::uuid[])
    UNION
    SELECT person.person_id, person.merged_into
    FROM return_record JOIN person USING (person_id)
    WHERE return_record.return_id = ANY(:ids)
    UNION
    SELECT person.person_id, person.merged_into FROM named JOIN person ON person.person_id = named.merged_into
)
SELECT person_id FROM named ORDER BY person_id;

-- name: lock_places
-- Whoever places the same people waits here, and then reads what the other has changed.
SELECT person_id FROM care_place WHERE person_id = ANY(:person_ids ::uuid[]) ORDER BY person_id FOR UPDATE;

-- name: found_places!
INSERT INTO care_place (person_id, division, placed_at)
SELECT person_id, division, :placed_at
FROM person
WHERE person_id = ANY(:person_ids ::uuid[])
ORDER BY person_id
ON CONFLICT (person_id) DO NOTHING;

-- name: facts_of_care
-- What decides where people stand; who was merged into another stands nowhere, and what was theirs counts for that one.
WITH asked AS (
    SELECT person_id, division, merged_into IS NOT NULL AS is_merged
    FROM person
    WHERE person_id = ANY(:person_ids ::uuid[])
),
own AS (
    SELECT same.asked AS owner, same.person_id
    FROM records_of(ARRAY(SELECT person_id FROM asked WHERE NOT is_merged)) AS same
),
-- Worked out once, and from the people asked for: before the tables' figures are known to the planner it would
-- begin with every transfer that is awaited.
open_plan AS MATERIALIZED (
    SELECT own.owner, plan.plan_id, plan.person_id, plan.return_id, plan.last_day, plan.held_since, stage.care_list
    FROM own
    JOIN plan USING (person_id)
    LEFT JOIN plan_stage AS stage ON stage.plan_id = plan.plan_id AND stage.position = plan.stage
    WHERE plan.state = 'open'
),
returned AS (
    SELECT own.owner,
           bool_or(held.state = 'unregistered') AS unregistered,
           bool_or(held.state = 'registered') AS registered,
           max(held.arrived_at) AS arrived_at
    FROM own JOIN return_record AS held USING (person_id)
    WHERE held.state <> 'withdrawn'
    GROUP BY own.owner
),
planned AS (
    SELECT own.owner, count(*) > 0 AS had_plan
    FROM own JOIN plan USING (person_id)
    WHERE plan.state <> 'withdrawn'
    GROUP BY own.owner
),
carried AS (
    SELECT own.owner FROM own JOIN transfer USING (person_id) WHERE transfer.state = 'awaiting'
    UNION
    SELECT open_plan.owner
    FROM open_plan JOIN transfer ON transfer.person_id = open_plan.return_id
    WHERE transfer.state = 'awaiting'
),
moving AS (
    SELECT open_plan.owner
    FROM open_plan JOIN carried USING (owner)
    WHERE open_plan.care_list = 'in-central-quarantine'
    UNION
    SELECT open_plan.owner
    FROM open_plan JOIN handover USING (plan_id)
    WHERE open_plan.care_list <> 'in-central-quarantine' AND handover.state IN ('requested', 'taken-over')
),
announced AS (
    SELECT DISTINCT own.owner
    FROM own JOIN preregistration USING (person_id)
    WHERE preregistration.return_id IS NULL AND NOT preregistration.cancelled
),
ill AS (
    SELECT DISTINCT own.owner FROM own JOIN ill_record USING (person_id)
)
SELECT asked.person_id, asked.division, asked.is_merged,
       announced.owner IS NOT NULL AS is_expected,
       COALESCE(returned.unregistered, false) AS unregistered,
       COALESCE(returned.registered, false) AS registered,
       COALESCE(planned.had_plan, false) AS had_plan,
       plan.care_list AS stage_list, plan.last_day, plan.held_since IS NOT NULL AS is_held,
       moving.owner IS NOT NULL AS awaits_transfer,
       ill.owner IS NOT NULL AS has_symptoms
FROM asked
LEFT JOIN returned ON returned.owner = asked.person_id
LEFT JOIN planned ON planned.owner = asked.person_id
LEFT JOIN open_plan AS plan ON plan.person_id = asked.person_id
LEFT JOIN moving ON moving.owner = asked.person_id
LEFT JOIN announced ON announced.owner = asked.person_id
LEFT JOIN ill ON ill.owner = asked.person_id
ORDER BY asked.person_id;

-- name: place_people
-- Writes where people stand and returns who was moved.
UPDATE care_place AS held
SET division = row.division,
    list = row.list,
    since = CASE
        WHEN row.list IS NULL THEN NULL
        WHEN held.list IS NOT DISTINCT FROM row.list THEN held.since
        ELSE :placed_at ::timestamptz
    END,
    review_on = row.review_on,
    placed_at = :placed_at
FROM unnest(
    :person_ids ::uuid[], :divisions ::text[], :lists ::text[], :review_ons ::date[]
) AS row (person_id, division, list, review_on)
WHERE held.person_id = row.person_id
  AND (held.list, held.division, held.review_on)
      IS DISTINCT FROM (row.list, row.division, row.review_on)
RETURNING held.person_id;

-- name: places_of
SELECT person_id, list, division, review_on FROM care_place WHERE person_id = ANY(:person_ids ::uuid[]);

-- name: claim_reviews
SELECT person_id FROM care_place
WHERE person_id = ANY(ARRAY(
    SELECT person_id FROM care_place
    WHERE review_on <= :today ::date
    ORDER BY review_on, person_id
    LIMIT :most
    FOR UPDATE SKIP LOCKED
))
ORDER BY person_id;

-- name: people_after
SELECT person_id FROM person WHERE person_id > :after ::uuid ORDER BY person_id LIMIT :most;

-- name: count_by_list
SELECT list, count(*) AS people FROM care_place WHERE list IS NOT NULL GROUP BY list;

-- name: count_by_division_and_list
-- By the units below a division: the first digits of each code, as many as its level has.
SELECT left(division, :digits ::int) AS unit, list, count(*) AS people
FROM care_place
WHERE list IS NOT NULL AND division >= :low AND division < :high
GROUP BY unit, list;

-- name: list_places
SELECT place.person_id, place.division, place.list, place.since, plan.plan_id, plan.stage_kind,
       plan.stage_last_day, plan.last_day
FROM care_place AS place
LEFT JOIN plan ON plan.person_id = place.person_id AND plan.state = 'open'
WHERE place.list = :list
  AND place.division >= :low AND place.division < :high
  AND (place.division, place.person_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY place.division, place.person_id
LIMIT :most;

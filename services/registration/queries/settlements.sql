-- name: people_here
-- Which of the ids are people on record; one that was merged is known under its own id still.
SELECT person_id FROM person WHERE person_id = ANY(:person_ids ::uuid[]);

-- name: keep_samples
-- Stores samples, or what a higher revision says of a known one; what says nothing new comes back absent.
INSERT INTO person_sample AS held (
    sample_id, person_id, division, sampled_at, result, revision, resulted_at, recorded_at, received_at,
    source, institution
)
SELECT sample_id, person_id, division, sampled_at, result, revision, resulted_at, recorded_at,
       :received_at ::timestamptz, source, institution
FROM unnest(
    :sample_ids ::uuid[], :person_ids ::uuid[], :divisions ::text[], :sampled_ats ::timestamptz[],
    :results ::text[], :revisions ::int[], :resulted_ats ::timestamptz[], :recorded_ats ::timestamptz[],
    :sources ::text[], :institutions ::text[]
) AS row (
    sample_id, person_id, division, sampled_at, result, revision, resulted_at, recorded_at, source, institution
)
ON CONFLICT (sample_id) DO UPDATE
SET result = excluded.result,
    revision = excluded.revision,
    resulted_at = excluded.resulted_at,
    recorded_at = excluded.recorded_at,
    received_at = excluded.received_at
WHERE excluded.revision > held.revision
RETURNING sample_id;

-- name: find_sample
SELECT sample_id, person_id, division, sampled_at, result, revision, resulted_at, recorded_at, source, institution
FROM person_sample
WHERE sample_id = :sample_id;

-- name: lock_open_plans
-- The open plans of people, in the order of ids; who was merged into another owes what that one owes.
WITH RECURSIVE up AS (
    SELECT person_id, merged_into FROM person WHERE person_id = ANY(:person_ids ::uuid[])
    UNION
    SELECT person.person_id, person.merged_into FROM up JOIN person ON person.person_id = up.merged_into
)
SELECT held.plan_id, held.person_id, held.division, held.held_since
FROM plan AS held
WHERE held.state = 'open' AND held.person_id IN (SELECT person_id FROM up WHERE merged_into IS NULL)
ORDER BY held.plan_id
FOR UPDATE OF held;

-- name: tests_of_plans
SELECT test_id, plan_id, person_id, division, due_on, state, sample_id, sampled_at
FROM plan_test
WHERE plan_id = ANY(:plan_ids ::uuid[]) AND state <> 'dropped'
ORDER BY plan_id, due_on, test_id;

-- name: samples_of_people
-- The samples of people and of those who were merged into them, but for those that settled a test of another plan.
WITH RECURSIVE same AS (
    SELECT person_id AS owner, person_id FROM unnest(:person_ids ::uuid[]) AS asked (person_id)
    UNION
    SELECT same.owner, person.person_id FROM same JOIN person ON person.merged_into = same.person_id
)
SELECT same.owner, sample.sample_id, sample.sampled_at, sample.result, sample.resulted_at
FROM same JOIN person_sample AS sample USING (person_id)
WHERE NOT EXISTS (
    SELECT FROM plan_test AS elsewhere
    WHERE elsewhere.sample_id = sample.sample_id
      AND elsewhere.state = 'done'
      AND elsewhere.plan_id <> ALL(:plan_ids ::uuid[])
);

-- name: settle_tests!
UPDATE plan_test AS held
SET state = row.state, sample_id = row.sample_id, sampled_at = row.sampled_at, result = row.result
FROM unnest(
    :test_ids ::uuid[], :states ::text[], :sample_ids ::uuid[], :sampled_ats ::timestamptz[], :results ::text[]
) AS row (test_id, state, sample_id, sampled_at, result)
WHERE held.test_id = row.test_id;

-- name: hold_plans!
UPDATE plan AS held
SET held_since = row.held_since, changed_at = :changed_at
FROM unnest(:plan_ids ::uuid[], :held_sinces ::timestamptz[]) AS row (plan_id, held_since)
WHERE held.plan_id = row.plan_id;

-- name: append_sample_withdrawal!
INSERT INTO sample_withdrawal (sample_id, result, reason, recorded_at, received_at, received_from)
VALUES (:sample_id, :result, :reason, :recorded_at, :received_at, :received_from);

-- name: is_sample_withdrawn
SELECT EXISTS (SELECT FROM sample_withdrawal WHERE sample_id = :sample_id);

-- name: owners_of_sample
-- Whose sample it is: the person it was stored for, and whoever they became.
WITH RECURSIVE up AS (
    SELECT person.person_id, person.merged_into
    FROM person JOIN person_sample USING (person_id)
    WHERE sample_id = :sample_id
    UNION
    SELECT person.person_id, person.merged_into FROM up JOIN person ON person.person_id = up.merged_into
)
SELECT person_id FROM up;

-- name: find_plan
SELECT plan_id, person_id, division, state = 'open' AS is_open, held_since
FROM plan
WHERE plan_id = :plan_id AND division >= :low AND division < :high;

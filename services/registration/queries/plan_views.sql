-- name: find_plan
SELECT * FROM plan WHERE plan_id = :plan_id AND division >= :low AND division < :high;

-- name: plans_of_person
-- The plans of a person and of those who were merged into them: the open one first, then the newest.
SELECT plan.*
FROM plan
WHERE person_id = ANY(:person_ids ::uuid[]) AND division >= :low AND division < :high
ORDER BY (state = 'open') DESC, decided_at DESC, plan_id
LIMIT 1;

-- name: list_plans
SELECT *
FROM plan
WHERE division >= :low AND division < :high
  AND (division, plan_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, plan_id
LIMIT :most;

-- name: list_plans_in_state
SELECT *
FROM plan
WHERE state = :state
  AND division >= :low AND division < :high
  AND (division, plan_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, plan_id
LIMIT :most;

-- name: versions_of_plan
SELECT version, governing_rule, policy_version, decision, difference, decided_at, cause
FROM plan_version
WHERE plan_id = :plan_id
ORDER BY version;

-- name: stages_of_plan
SELECT position, kind, first_day, last_day FROM plan_stage WHERE plan_id = :plan_id ORDER BY position;

-- name: tests_of_plan
SELECT test_id, due_on, rules, state, sample_id, sampled_at, result
FROM plan_test
WHERE plan_id = :plan_id AND state <> 'dropped'
ORDER BY due_on;

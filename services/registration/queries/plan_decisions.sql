-- name: lock_people_of_plans
-- In the order of ids; rows of other tables may still refer to them meanwhile.
SELECT person_id, division, occupation
FROM person
WHERE person_id = ANY(:person_ids ::uuid[])
ORDER BY person_id
FOR NO KEY UPDATE;

-- name: share_risk_areas
-- Many judge beside each other; a change of the register waits for all of them, and they for it.
SELECT pg_advisory_xact_lock_shared(hashtext('registration-risk-areas'));

-- name: grounds_of_people
SELECT ground_id, person_id, division, kind, began_on
FROM management_ground
WHERE person_id = ANY(:person_ids ::uuid[]) AND ended_at IS NULL;

-- name: plans_of_people
-- Every plan begun for people with the decision that holds, in the order of ids, so that nobody waits crosswise.
SELECT plan.plan_id, plan.person_id, plan.begun_for, coalesce(plan.anchor, plan.return_id, plan.plan_id) AS anchor,
       plan.division, plan.version, plan.state, plan.stage, plan.stage_kind, plan.decided_at, plan_version.decision
FROM plan JOIN plan_version USING (plan_id, version)
WHERE plan.begun_for = ANY(:person_ids ::uuid[])
ORDER BY plan.plan_id
FOR UPDATE OF plan;

-- name: tests_of_people
SELECT test_id, plan_id, due_on, rules, state, division
FROM plan_test
WHERE plan_id = ANY(:plan_ids ::uuid[]) AND state <> 'dropped';

-- name: insert_plans!
INSERT INTO plan (
    plan_id, person_id, begun_for, return_id, anchor, division, version, governing_rule, state, day_zero, last_day,
    stage, stage_kind, stage_last_day, stage_division, decided_at, changed_at
)
SELECT plan_id, person_id, person_id, return_id, anchor, division, version, governing_rule, 'open', day_zero, last_day,
       stage, stage_kind, stage_last_day, division, :decided_at ::timestamptz, :decided_at
FROM unnest(
    :plan_ids ::uuid[], :person_ids ::uuid[], :return_ids ::uuid[], :anchors ::uuid[], :divisions ::text[],
    :versions ::int[], :governing_rules ::text[], :day_zeros ::date[], :last_days ::date[],
    :stages ::int[], :stage_kinds ::text[], :stage_last_days ::date[]
) AS row (
    plan_id, person_id, return_id, anchor, division, version, governing_rule, day_zero, last_day,
    stage, stage_kind, stage_last_day
);

-- name: update_plans!
-- Who is at a site stays there, whichever division it lies in, while the kind of stage is the same.
UPDATE plan AS held
SET person_id = row.person_id,
    return_id = row.return_id,
    anchor = row.anchor,
    division = row.division,
    version = row.version,
    governing_rule = row.governing_rule,
    day_zero = row.day_zero,
    last_day = row.last_day,
    stage = row.stage,
    stage_kind = row.stage_kind,
    stage_last_day = row.stage_last_day,
    stage_division = CASE
        WHEN held.stage_kind = row.stage_kind AND held.stage_division <> held.division THEN held.stage_division
        ELSE row.division
    END,
    decided_at = :decided_at,
    changed_at = :decided_at
FROM unnest(
    :plan_ids ::uuid[], :person_ids ::uuid[], :return_ids ::uuid[], :anchors ::uuid[], :divisions ::text[],
    :versions ::int[], :governing_rules ::text[], :day_zeros ::date[], :last_days ::date[],
    :stages ::int[], :stage_kinds ::text[], :stage_last_days ::date[]
) AS row (
    plan_id, person_id, return_id, anchor, division, version, governing_rule, day_zero, last_day,
    stage, stage_kind, stage_last_day
)
WHERE held.plan_id = row.plan_id;

-- name: withdraw_plans!
UPDATE plan SET state = 'withdrawn', changed_at = :changed_at WHERE plan_id = ANY(:plan_ids ::uuid[]);

-- name: insert_versions!
INSERT INTO plan_version (
    plan_id, version, governing_rule, policy_version, decision, difference, decided_at, cause
)
SELECT plan_id, version, governing_rule, policy_version, decision ::jsonb, difference ::jsonb,
       :decided_at ::timestamptz, :cause
FROM unnest(
    :plan_ids ::uuid[], :versions ::int[], :governing_rules ::text[], :policy_versions ::int[],
    :decisions ::text[], :differences ::text[]
) AS row (plan_id, version, governing_rule, policy_version, decision, difference);

-- name: clear_stages!
DELETE FROM plan_stage WHERE plan_id = ANY(:plan_ids ::uuid[]);

-- name: insert_stages!
INSERT INTO plan_stage (plan_id, position, kind, first_day, last_day, care_list)
SELECT plan_id, position, kind, first_day, last_day, care_list
FROM unnest(
    :plan_ids ::uuid[], :positions ::int[], :kinds ::text[], :first_days ::date[], :last_days ::date[],
    :care_lists ::text[]
) AS row (plan_id, position, kind, first_day, last_day, care_list);

-- name: drop_tests!
UPDATE plan_test
SET state = 'dropped', sample_id = NULL, sampled_at = NULL, result = NULL
WHERE test_id = ANY(:test_ids ::uuid[]);

-- name: write_tests!
-- Tests that are new, or that were dropped and are asked for again, or whose rules changed.
INSERT INTO plan_test (test_id, plan_id, person_id, division, due_on, rules, state)
SELECT test_id, plan_id, person_id, division, due_on, string_to_array(rules, ' '), 'due'
FROM unnest(
    :test_ids ::uuid[], :plan_ids ::uuid[], :person_ids ::uuid[], :divisions ::text[], :due_ons ::date[],
    :rules ::text[]
) AS row (test_id, plan_id, person_id, division, due_on, rules)
ON CONFLICT (test_id) DO UPDATE
SET rules = excluded.rules,
    person_id = excluded.person_id,
    division = excluded.division,
    state = CASE plan_test.state WHEN 'dropped' THEN 'due' ELSE plan_test.state END;

-- name: give_back_plans!
-- Plans that have ended and were begun for somebody who is another person now than the one whose they were.
UPDATE plan AS held
SET person_id = held.begun_for
FROM unnest(:person_ids ::uuid[], :owner_ids ::uuid[]) AS begun (person_id, owner_id),
     unnest(:person_ids ::uuid[], :owner_ids ::uuid[]) AS whose (person_id, owner_id)
WHERE held.state <> 'open' AND held.begun_for = begun.person_id AND held.person_id = whose.person_id
  AND begun.owner_id <> whose.owner_id;

-- name: move_plans!
-- What was about returns that ended in others is about those.
UPDATE plan AS held
SET return_id = row.into_id,
    anchor = CASE held.anchor WHEN row.return_id THEN row.into_id ELSE held.anchor END
FROM unnest(:return_ids ::uuid[], :into_ids ::uuid[]) AS row (return_id, into_id)
WHERE held.return_id = row.return_id;

-- name: lock_plan_to_release
SELECT plan_id, person_id, division, governing_rule, state, last_day, held_since, certificate,
       NOT EXISTS (
           SELECT FROM return_record WHERE return_record.return_id = plan.return_id AND registered_at IS NULL
       ) AS is_registered
FROM plan
WHERE plan_id = :plan_id AND division >= :low AND division < :high
FOR UPDATE;

-- name: claim_plans_to_release
-- Plans whose days are over and that owe no test; what else stands against a release the rule says.
-- OFFSET 0: looked up for each plan whose days are over, never by going through all tests and returns there are.
SELECT plan_id, person_id, division, governing_rule, state, last_day, held_since, certificate,
       NOT EXISTS (
           SELECT FROM return_record WHERE return_record.return_id = plan.return_id AND registered_at IS NULL
       ) AS is_registered
FROM plan
WHERE plan_id = ANY(ARRAY(
    SELECT plan_id FROM plan AS held
    WHERE state = 'open' AND held_since IS NULL AND last_day < :today ::date
      AND NOT EXISTS (SELECT FROM plan_test WHERE plan_test.plan_id = held.plan_id AND plan_test.state = 'due' OFFSET 0)
      AND person_id <> ALL(:symptomatic ::uuid[])
      AND NOT EXISTS (
          SELECT FROM return_record WHERE return_record.return_id = held.return_id AND registered_at IS NULL OFFSET 0
      )
    ORDER BY last_day, plan_id
    LIMIT :most
    FOR UPDATE SKIP LOCKED
))
ORDER BY plan_id
-- Locked here too, so that what is read is what stands now and not what stood when the statement began.
FOR UPDATE;

-- name: facts_of_releases
SELECT plan_id, due_on, state = 'done' AS is_done, sampled_at, result
FROM plan_test
WHERE plan_id = ANY(:plan_ids ::uuid[]) AND state <> 'dropped'
ORDER BY plan_id, due_on;

-- name: next_numbers
SELECT nextval('release_certificate_number') AS running FROM generate_series(1, :count ::int);

-- name: insert_certificates!
INSERT INTO release_certificate (
    number, plan_id, person_id, division, issued_at, issued_from, content, content_hash
)
SELECT number, plan_id, person_id, division, :issued_at ::timestamptz, :issued_from, content, content_hash
FROM unnest(
    :numbers ::text[], :plan_ids ::uuid[], :person_ids ::uuid[], :divisions ::text[],
    :contents ::jsonb[], :content_hashes ::text[]
) AS row (number, plan_id, person_id, division, content, content_hash);

-- name: release_plans!
UPDATE plan AS held
SET state = 'released', released_at = :released_at, certificate = row.number, changed_at = :released_at
FROM unnest(:plan_ids ::uuid[], :numbers ::text[]) AS row (plan_id, number)
WHERE held.plan_id = row.plan_id;

-- name: certificate_of_plan
SELECT certificate.number, certificate.plan_id, certificate.person_id, certificate.division,
       certificate.issued_at, certificate.content, certificate.content_hash
FROM release_certificate AS certificate
JOIN plan USING (plan_id)
WHERE plan.plan_id = :plan_id AND plan.division >= :low AND plan.division < :high;

-- name: find_certificate
SELECT number, plan_id, person_id, division, issued_at, content, content_hash
FROM release_certificate
WHERE number = :number;

-- name: take_turn$
-- Merges are worked out one after the other: each reads what the ones before it amount to.
SELECT pg_advisory_xact_lock(hashtextextended('people merged', 0));

-- name: keep_merge!
INSERT INTO person_merge AS held (decision_id, person_id, merged_person_id, undone_at)
VALUES (:decision_id, :person_id, :merged_person_id, :undone_at)
ON CONFLICT (decision_id) DO UPDATE SET undone_at = coalesce(held.undone_at, excluded.undone_at);

-- name: records_of
-- Everybody who is one person with any of these; those alone are absent.
SELECT other.person_id, other.survivor_id
FROM same_person AS own
JOIN same_person AS other ON other.survivor_id = own.survivor_id
WHERE own.person_id = ANY(:person_ids ::uuid[]);

-- name: merges_of
SELECT person_id, merged_person_id
FROM person_merge
WHERE undone_at IS NULL AND (person_id = ANY(:person_ids ::uuid[]) OR merged_person_id = ANY(:person_ids ::uuid[]));

-- name: forget_records!
DELETE FROM same_person WHERE person_id = ANY(:person_ids ::uuid[]);

-- name: keep_records!
INSERT INTO same_person (person_id, survivor_id)
SELECT person_id, survivor_id
FROM unnest(:person_ids ::uuid[], :survivor_ids ::uuid[]) AS row (person_id, survivor_id);

-- name: look_at_tests!
-- What is being stored at this moment saw nothing of the merge: it is looked at once more when that has ended.
INSERT INTO due_look (due_id, subject_id)
SELECT due_id, subject_id
FROM due_test
WHERE (stands OR double_of IS NOT NULL)
  AND (subject_id = ANY(:person_ids ::uuid[]) OR due_id = ANY(:line_ids ::uuid[]));

-- name: purposeful_of
-- The swabs of records that count for a line, or say what they are for.
SELECT subject_id, sampled_at, sample_id, division, category, place, due_id
FROM taken_sample
WHERE subject_id = ANY(:person_ids ::uuid[]) AND sampled_at >= :since
  AND (category IS NOT NULL OR due_id IS NOT NULL);

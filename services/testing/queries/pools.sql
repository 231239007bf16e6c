-- name: known_pools
-- The pools that results made, also those that were withdrawn.
SELECT pool_id, sample_id, tube_id, tube_code, institution, division, method, result, revision, size, sampled_at,
       resulted_at, received_at, resolved_at, withdrawn_at, withdrawn_because
FROM pool
WHERE sample_id = ANY(:sample_ids ::uuid[])
ORDER BY pool_id;

-- name: lock_pools
-- Pools as they are, held until the transaction ends, always in the same order.
SELECT pool_id, sample_id, tube_id, tube_code, institution, division, method, result, revision, size, sampled_at,
       resulted_at, received_at, resolved_at, withdrawn_at, withdrawn_because
FROM pool
WHERE pool_id = ANY(:pool_ids ::uuid[])
ORDER BY pool_id
FOR UPDATE;

-- name: keep_pools!
-- Enters pools, or what has changed about them.
INSERT INTO pool (
    pool_id, sample_id, tube_id, tube_code, institution, division, method, result, revision, size, sampled_at,
    resulted_at, received_at
)
SELECT pool_id, sample_id, tube_id, tube_code, institution, division, method, result, revision, size,
       sampled_at, resulted_at, :received_at
FROM unnest(
    :pool_ids ::uuid[], :sample_ids ::uuid[], :tube_ids ::uuid[], :tube_codes ::text[], :institutions ::text[],
    :divisions ::text[], :methods ::text[], :results ::text[], :revisions ::integer[], :sizes ::smallint[],
    :sampled_ats ::timestamptz[], :resulted_ats ::timestamptz[]
) AS row (
    pool_id, sample_id, tube_id, tube_code, institution,
    division, method, result, revision, size,
    sampled_at, resulted_at
)
ORDER BY pool_id
ON CONFLICT (pool_id) DO UPDATE SET
    tube_id = excluded.tube_id, institution = excluded.institution, division = excluded.division,
    method = excluded.method, result = excluded.result, revision = excluded.revision, size = excluded.size,
    sampled_at = excluded.sampled_at, resulted_at = excluded.resulted_at;

-- name: withdraw_pools!
UPDATE pool
SET withdrawn_at = :now, withdrawn_because = row.reason
FROM unnest(:pool_ids ::uuid[], :reasons ::text[]) AS row (pool_id, reason)
WHERE pool.pool_id = row.pool_id;

-- name: drop_members!
DELETE FROM pool_member WHERE pool_id = ANY(:pool_ids ::uuid[]);

-- name: clear_members!
-- A pool that is negative after all clears its members by itself.
UPDATE pool_member SET state = 'cleared', decided_by = pool_id WHERE pool_id = ANY(:pool_ids ::uuid[]);

-- name: insert_members!
INSERT INTO pool_member (
    pool_id, sample_id, subject_kind, person_id, object_id, division, sampled_at, told_at, state
)
SELECT pool_id, sample_id, subject_kind, person_id, object_id, division, sampled_at, :told_at, 'pending'
FROM unnest(
    :pool_ids ::uuid[], :sample_ids ::uuid[], :subject_kinds ::text[], :person_ids ::uuid[],
    :object_ids ::text[], :divisions ::text[], :sampled_ats ::timestamptz[]
) AS row (
    pool_id, sample_id, subject_kind, person_id,
    object_id, division, sampled_at
)
ON CONFLICT (pool_id, sample_id) DO UPDATE SET told_at = excluded.told_at, state = 'pending', decided_by = NULL;

-- name: members_of_pools
SELECT pool_id, sample_id, subject_kind, person_id, object_id, division, sampled_at, told_at, state, decided_by
FROM pool_member
WHERE pool_id = ANY(:pool_ids ::uuid[])
ORDER BY pool_id, sample_id;

-- name: pools_concerned
-- The pools about one of whose members something was found, under whichever of a person's records.
SELECT pool_id
FROM pool_member
WHERE person_id = ANY(:person_ids ::uuid[]) OR object_id = ANY(:object_ids ::text[])
    OR sample_id = ANY(:sample_ids ::uuid[])
UNION
SELECT member.pool_id
FROM same_person AS own
JOIN same_person AS other ON other.survivor_id = own.survivor_id
JOIN pool_member AS member ON member.person_id = other.person_id
WHERE own.person_id = ANY(:person_ids ::uuid[]);

-- name: decide_members!
UPDATE pool_member
SET state = row.state, decided_by = row.decided_by
FROM unnest(:pool_ids ::uuid[], :sample_ids ::uuid[], :states ::text[], :deciders ::uuid[])
    AS row (pool_id, sample_id, state, decided_by)
WHERE pool_member.pool_id = row.pool_id AND pool_member.sample_id = row.sample_id;

-- name: resolve_pools!
UPDATE pool
SET resolved_at = row.resolved_at
FROM unnest(:pool_ids ::uuid[], :resolved_ats ::timestamptz[]) AS row (pool_id, resolved_at)
WHERE pool.pool_id = row.pool_id;

-- name: single_findings
-- What was found of samples that were taken singly of these people and objects, or as retests of these samples.
SELECT tube.result_sample_id AS sample_id, sample.sampled_at, tube.result, tube.resulted_at, sample.person_id,
       sample.object_id, sample.division, sample.retest_of
FROM sample
JOIN tube ON tube.tube_id = sample.tube_id AND tube.size = 1 AND tube.result IS NOT NULL
WHERE (sample.person_id = ANY(:person_ids ::uuid[]) OR sample.object_id = ANY(:object_ids ::text[])
    OR sample.retest_of = ANY(:sample_ids ::uuid[]))
    AND sample.sampled_at >= :since
    AND sample.stored_on >= (:since ::timestamptz AT TIME ZONE 'Asia/Shanghai')::date - 1
    AND NOT 'other-person' = ANY(tube.flags);

-- name: told_findings
-- What laboratories, having been told the person, said of single samples; each with its revisions.
SELECT sample_id, revision, sampled_at, result, resulted_at, person_id
FROM sample_result AS said
WHERE person_id = ANY(:person_ids ::uuid[]) AND sampled_at >= :since AND coalesce(pool_size, 1) = 1
    AND NOT EXISTS (
        SELECT FROM tube WHERE tube.code = said.tube_code AND tube.size > 1 AND tube.opened_at <= said.resulted_at
    )
ORDER BY sample_id, revision;

-- name: keep_pooled!
INSERT INTO pooled_result (sample_id, known_at)
SELECT sample_id, :known_at FROM unnest(:sample_ids ::uuid[]) AS row (sample_id)
ORDER BY sample_id
ON CONFLICT DO NOTHING;

-- name: pooled_of
SELECT sample_id FROM pooled_result WHERE sample_id = ANY(:sample_ids ::uuid[]);

-- name: drop_pooled!
DELETE FROM pooled_result WHERE sample_id = ANY(:sample_ids ::uuid[]);

-- name: find_pool
SELECT pool_id, sample_id, tube_id, tube_code, institution, division, method, result, revision, size, sampled_at,
       resulted_at, received_at, resolved_at, withdrawn_at, withdrawn_because
FROM pool
WHERE pool_id = :pool_id;

-- name: find_pool_of_tube
-- The pool that a tube is at present.
SELECT pool_id, sample_id, tube_id, tube_code, institution, division, method, result, revision, size, sampled_at,
       resulted_at, received_at, resolved_at, withdrawn_at, withdrawn_because
FROM pool
WHERE tube_id = :tube_id AND withdrawn_at IS NULL;

-- name: list_pools
-- A page of the subtree's pools that were not negative, the latest result first.
SELECT pool_id, sample_id, tube_id, tube_code, institution, division, method, result, revision, size, sampled_at,
       resulted_at, received_at, resolved_at, withdrawn_at, withdrawn_because
FROM pool
WHERE division >= :low AND division < :high
  AND (NOT :unresolved ::boolean OR (resolved_at IS NULL AND withdrawn_at IS NULL))
  AND (resulted_at, pool_id) < (:before_at ::timestamptz, :before_id ::uuid)
ORDER BY resulted_at DESC, pool_id DESC
LIMIT :most;

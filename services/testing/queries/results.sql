-- name: insert_keys
-- Keeps keys that are new; those of samples that are known already come back absent.
INSERT INTO result_key (institution, tube_code, revision, sample_id, received_at)
SELECT institution, tube_code, 1, sample_id, :received_at
FROM unnest(:institutions ::text[], :tube_codes ::text[], :sample_ids ::uuid[])
    AS row (institution, tube_code, sample_id)
ON CONFLICT (institution, tube_code, revision) DO NOTHING
RETURNING sample_id;

-- name: first_and_last_receipt^
-- Which samples the keys stand for, and between which instants their first results came: that tells the weeks.
SELECT array_agg(key.sample_id) AS sample_ids, min(key.received_at) AS first_at, max(key.received_at) AS last_at
FROM unnest(:institutions ::text[], :tube_codes ::text[]) AS row (institution, tube_code)
JOIN result_key AS key
    ON key.institution = row.institution AND key.tube_code = row.tube_code AND key.revision = 1;

-- name: first_results
-- What each of the samples was first said to be.
SELECT sample_id, revision, tube_code, institution, division, method, result,
       sampled_at, resulted_at, recorded_at, received_at, reason_code, person_id, pool_size
FROM sample_result
WHERE sample_id = ANY(:sample_ids ::uuid[]) AND revision = 1
    AND received_at >= :first_at AND received_at <= :last_at;

-- name: lock_sample
-- Serialises corrections of one sample.
SELECT pg_advisory_xact_lock(hashtextextended('sample ' || :sample_id ::uuid ::text, 0));

-- name: sample_history
SELECT sample_id, revision, tube_code, institution, division, method, result,
       sampled_at, resulted_at, recorded_at, received_at, reason_code, person_id, pool_size
FROM sample_result
WHERE sample_id = :sample_id AND division >= :low AND division < :high
ORDER BY revision;

-- name: append_revision!
WITH key AS (
    INSERT INTO result_key (institution, tube_code, revision, sample_id, received_at)
    VALUES (:institution, :tube_code, :revision, :sample_id, :received_at)
)
INSERT INTO sample_result (
    sample_id, revision, tube_code, institution, division, method, result,
    sampled_at, resulted_at, recorded_at, received_at, received_from, reason_code, person_id, pool_size
)
VALUES (
    :sample_id, :revision, :tube_code, :institution, :division, :method, :result,
    :sampled_at, :resulted_at, :recorded_at, :received_at, :received_from, :reason_code, :person_id,
    :pool_size
);

-- name: keep_weeks$
SELECT keep_result_weeks(:first_at, :last_at);

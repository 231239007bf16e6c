-- name: insert_results
-- Stores results that are new; samples that are known already come back absent.
INSERT INTO sample_result (
    sample_id, revision, tube_code, institution, division, method, result,
    sampled_at, resulted_at, recorded_at, received_at, received_from, person_id
)
SELECT sample_id, 1, tube_code, institution, division, method, result,
       sampled_at, resulted_at, recorded_at, :received_at, received_from, person_id
FROM unnest(
    :sample_ids ::uuid[], :tube_codes ::text[], :institutions ::text[], :divisions ::text[], :methods ::text[],
    :results ::text[], :sampled_ats ::timestamptz[], :resulted_ats ::timestamptz[],
    :recorded_ats ::timestamptz[], :received_froms ::text[], :person_ids ::uuid[]
) AS row (
    sample_id, tube_code, institution, division, method,
    result, sampled_at, resulted_at,
    recorded_at, received_from, person_id
)
ON CONFLICT (sample_id, revision) DO NOTHING
RETURNING sample_id;

-- name: first_results
-- What each of the samples was first said to be.
SELECT sample_id, revision, tube_code, institution, division, method, result,
       sampled_at, resulted_at, recorded_at, received_at, reason_code, person_id
FROM sample_result
WHERE sample_id = ANY(:sample_ids ::uuid[]) AND revision = 1;

-- name: lock_sample
-- Serialises corrections of one sample.
SELECT pg_advisory_xact_lock(hashtextextended('sample ' || :sample_id ::uuid ::text, 0));

-- name: sample_history
SELECT sample_id, revision, tube_code, institution, division, method, result,
       sampled_at, resulted_at, recorded_at, received_at, reason_code, person_id
FROM sample_result
WHERE sample_id = :sample_id AND division >= :low AND division < :high
ORDER BY revision;

-- name: append_revision!
INSERT INTO sample_result (
    sample_id, revision, tube_code, institution, division, method, result,
    sampled_at, resulted_at, recorded_at, received_at, received_from, reason_code, person_id
)
VALUES (
    :sample_id, :revision, :tube_code, :institution, :division, :method, :result,
    :sampled_at, :resulted_at, :recorded_at, :received_at, :received_from, :reason_code, :person_id
);

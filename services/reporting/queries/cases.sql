-- name: share_openings
-- Taken by whoever opens cases: many may at once, none while a withdrawal is being written.
SELECT pg_advisory_xact_lock_shared(hashtextextended('reporting: withdrawals of positives', 0));

-- name: halt_openings
-- Taken by whoever writes a withdrawal: it waits for cases that are being opened, and then sees them.
SELECT pg_advisory_xact_lock(hashtextextended('reporting: withdrawals of positives', 0));

-- name: insert_cases
-- Opens cases that are new; those that are known already come back absent.
INSERT INTO case_file (
    case_id, sample_id, division, institution, method, tube_code,
    sampled_at, positive_at, recorded_at, received_at, state, withdrawn_at
)
SELECT case_id, sample_id, division, institution, method, tube_code,
       sampled_at, positive_at, recorded_at, :received_at, state, withdrawn_at
FROM unnest(
    :case_ids ::uuid[], :sample_ids ::uuid[], :divisions ::text[], :institutions ::text[], :methods ::text[],
    :tube_codes ::text[], :sampled_ats ::timestamptz[], :positive_ats ::timestamptz[],
    :recorded_ats ::timestamptz[], :states ::text[], :withdrawn_ats ::timestamptz[]
) AS row (
    case_id, sample_id, division, institution, method,
    tube_code, sampled_at, positive_at,
    recorded_at, state, withdrawn_at
)
ON CONFLICT DO NOTHING
RETURNING case_id;

-- name: find_case
SELECT case_id, sample_id, division, institution, method, tube_code, sampled_at, positive_at,
       recorded_at, received_at, state, reported_at, reviewed_at, withdrawn_at
FROM case_file
WHERE case_id = :case_id AND division >= :low AND division < :high;

-- name: lock_case
-- The same, held until the transaction ends, so that steps of one case follow one another.
SELECT case_id, sample_id, division, institution, method, tube_code, sampled_at, positive_at,
       recorded_at, received_at, state, reported_at, reviewed_at, withdrawn_at
FROM case_file
WHERE case_id = :case_id AND division >= :low AND division < :high
FOR UPDATE;

-- name: update_case!
UPDATE case_file
SET state = :state, reported_at = :reported_at, reviewed_at = :reviewed_at, withdrawn_at = :withdrawn_at
WHERE case_id = :case_id;

-- name: list_cases
-- A page of the subtree's cases, the latest positive first.
SELECT case_id, sample_id, division, institution, method, tube_code, sampled_at, positive_at,
       recorded_at, received_at, state, reported_at, reviewed_at, withdrawn_at
FROM case_file
WHERE division >= :low AND division < :high
  AND (:state ::text IS NULL OR state = :state)
  AND (:institution ::text IS NULL OR institution = :institution)
  AND positive_at >= :since AND positive_at < :until
  AND (positive_at, case_id) < (:before_at ::timestamptz, :before_id ::uuid)
ORDER BY positive_at DESC, case_id DESC
LIMIT :most;

-- name: insert_withdrawal!
INSERT INTO positive_withdrawal (
    sample_id, division, institution, reason_code, withdrawn_by, occurred_at, recorded_at, received_at
)
VALUES (
    :sample_id, :division, :institution, :reason_code, :withdrawn_by, :occurred_at, :recorded_at, :received_at
)
ON CONFLICT (sample_id) DO NOTHING;

-- name: find_withdrawals
SELECT sample_id, division, institution, reason_code, withdrawn_by, occurred_at, recorded_at, received_at
FROM positive_withdrawal
WHERE sample_id = ANY(:sample_ids ::uuid[]);

-- name: list_reports
SELECT revision, classification, institution, reporter, occurred_at, recorded_at, received_at, received_from
FROM case_report
WHERE case_id = :case_id
ORDER BY revision;

-- name: insert_report!
INSERT INTO case_report (
    case_id, revision, classification, institution, reporter,
    occurred_at, recorded_at, received_at, received_from
)
VALUES (
    :case_id, :revision, :classification, :institution, :reporter,
    :occurred_at, :recorded_at, :received_at, :received_from
);

-- name: list_reviews
SELECT revision, outcome, reviewer, investigation_started_at, occurred_at, recorded_at, received_at, received_from
FROM case_review
WHERE case_id = :case_id
ORDER BY revision;

-- name: insert_review!
INSERT INTO case_review (
    case_id, revision, outcome, reviewer, investigation_started_at,
    occurred_at, recorded_at, received_at, received_from
)
VALUES (
    :case_id, :revision, :outcome, :reviewer, :investigation_started_at,
    :occurred_at, :recorded_at, :received_at, :received_from
);

-- name: count_cases
SELECT state, count(*) AS cases, min(positive_at) AS oldest_positive_at
FROM case_file
GROUP BY state;

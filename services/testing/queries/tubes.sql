-- name: lock_tubes
-- Tubes as they are, held until the transaction ends; always in the same order, so that nobody waits in a ring.
SELECT tube_id, code, division, point, size, campaign_id, planned_laboratory, opened_at, opened_by, recorded_at,
       received_at, stored_on, is_open, members, sealed_at, boxed_at, handed_over_at, arrived_at, registered_at,
       run_at, laboratory, flags, result_sample_id, result, result_revision, resulted_at, told_members,
       told_revision
FROM tube
WHERE tube_id = ANY(:tube_ids ::uuid[])
ORDER BY tube_id
FOR UPDATE;

-- name: read_tubes
SELECT tube_id, code, division, point, size, campaign_id, planned_laboratory, opened_at, opened_by, recorded_at,
       received_at, stored_on, is_open, members, sealed_at, boxed_at, handed_over_at, arrived_at, registered_at,
       run_at, laboratory, flags, result_sample_id, result, result_revision, resulted_at, told_members,
       told_revision
FROM tube
WHERE tube_id = ANY(:tube_ids ::uuid[]);

-- name: list_tubes
-- A page of the subtree's tubes by when they were opened, the latest first; by code, those that had it.
SELECT tube_id, code, division, point, size, campaign_id, planned_laboratory, opened_at, opened_by, recorded_at,
       received_at, stored_on, is_open, members, sealed_at, boxed_at, handed_over_at, arrived_at, registered_at,
       run_at, laboratory, flags, result_sample_id, result, result_revision, resulted_at, told_members,
       told_revision
FROM tube
WHERE division >= :low AND division < :high
  AND (:code ::text IS NULL OR code = :code)
  AND (:is_open ::boolean IS NULL OR is_open = :is_open)
  AND (NOT :flagged ::boolean OR flags <> '{}')
  AND (opened_at, tube_id) < (:before_at ::timestamptz, :before_id ::uuid)
ORDER BY opened_at DESC, tube_id DESC
LIMIT :most;

-- name: tubes_of_codes
-- All tubes that ever had one of the codes.
SELECT tube_id, code, division, opened_at, resulted_at
FROM tube
WHERE code = ANY(:codes ::text[]);

-- name: insert_tubes
-- Opens tubes; one that somebody else opened meanwhile, or whose code stands for an open one, comes back absent.
INSERT INTO tube (
    tube_id, code, division, point, size, campaign_id, planned_laboratory, laboratory, opened_at, opened_by,
    recorded_at, received_at, stored_on, is_open, members
)
SELECT tube_id, code, division, point, size, campaign_id, laboratory, laboratory, opened_at, opened_by,
       recorded_at, :received_at, :stored_on, is_open, members
FROM unnest(
    :tube_ids ::uuid[], :codes ::text[], :divisions ::text[], :points ::text[], :sizes ::smallint[],
    :campaign_ids ::uuid[], :laboratories ::text[], :opened_ats ::timestamptz[], :opened_bys ::text[],
    :recorded_ats ::timestamptz[], :are_open ::boolean[], :members ::smallint[]
) AS row (
    tube_id, code, division, point, size,
    campaign_id, laboratory, opened_at, opened_by,
    recorded_at, is_open, members
)
ON CONFLICT DO NOTHING
RETURNING tube_id;

-- name: count_members!
UPDATE tube
SET members = row.members
FROM unnest(:tube_ids ::uuid[], :members ::smallint[]) AS row (tube_id, members)
WHERE tube.tube_id = row.tube_id;

-- name: insert_samples!
INSERT INTO sample (
    sample_id, stored_on, tube_id, number, subject_kind, person_id, object_id, division, category, plan_id,
    case_id, due_id, campaign_id, retest_of, reported_at, sampled_at, position, recorded_at, received_at
)
SELECT sample_id, stored_on, tube_id, number, subject_kind, person_id, object_id, division, category, plan_id,
       case_id, due_id, campaign_id, retest_of, reported_at, sampled_at, place, recorded_at, :received_at
FROM unnest(
    :sample_ids ::uuid[], :stored_ons ::date[], :tube_ids ::uuid[], :numbers ::smallint[],
    :subject_kinds ::text[], :person_ids ::uuid[], :object_ids ::text[], :divisions ::text[],
    :categories ::text[], :plan_ids ::uuid[], :case_ids ::uuid[], :due_ids ::uuid[], :campaign_ids ::uuid[],
    :retests ::uuid[], :reported_ats ::timestamptz[], :sampled_ats ::timestamptz[], :positions ::smallint[],
    :recorded_ats ::timestamptz[]
) AS row (
    sample_id, stored_on, tube_id, number,
    subject_kind, person_id, object_id, division,
    category, plan_id, case_id, due_id, campaign_id,
    retest_of, reported_at, sampled_at, place,
    recorded_at
);

-- name: samples_of_tubes
-- The members of tubes, in the order in which they became known; a tube's samples lie in its own day's partition.
SELECT sample.sample_id, sample.tube_id, number, subject_kind, person_id, object_id, division, category, plan_id,
       case_id, due_id, campaign_id, retest_of, reported_at, sampled_at, position, recorded_at, received_at
FROM unnest(:tube_ids ::uuid[], :stored_ons ::date[]) AS row (tube_id, stored_on)
JOIN sample ON sample.tube_id = row.tube_id AND sample.stored_on = row.stored_on
ORDER BY sample.tube_id, number;

-- name: find_sample
SELECT sample_id, tube_id, number, subject_kind, person_id, object_id, division, category, plan_id,
       case_id, due_id, campaign_id, retest_of, reported_at, sampled_at, position, recorded_at, received_at
FROM sample
WHERE sample_id = :sample_id;

-- name: results_of_codes
-- Every revision of every result of the codes, whichever institution's, those of one following one another.
SELECT said.sample_id, said.revision, said.tube_code, said.institution, division, method, result, sampled_at,
       resulted_at, recorded_at, person_id, pool_size
FROM unnest(:codes ::text[]) AS row (code)
JOIN result_key AS key ON key.tube_code = row.code
JOIN sample_result AS said
    ON said.sample_id = key.sample_id AND said.revision = key.revision AND said.received_at = key.received_at
ORDER BY said.sample_id, said.revision;

-- name: update_tubes!
UPDATE tube
SET is_open = row.result IS NULL,
    members = row.members,
    sealed_at = row.sealed_at,
    boxed_at = row.boxed_at,
    handed_over_at = row.handed_over_at,
    arrived_at = row.arrived_at,
    registered_at = row.registered_at,
    run_at = row.run_at,
    laboratory = row.laboratory,
    flags = string_to_array(row.flags, ' '),
    result_sample_id = row.result_sample_id,
    result = row.result,
    result_revision = row.result_revision,
    resulted_at = row.resulted_at,
    told_members = row.told_members,
    told_revision = row.told_revision
FROM unnest(
    :tube_ids ::uuid[], :members ::smallint[], :sealed ::timestamptz[], :boxed ::timestamptz[],
    :handed_over ::timestamptz[], :arrived ::timestamptz[], :registered ::timestamptz[], :run ::timestamptz[],
    :laboratories ::text[], :flags ::text[], :result_ids ::uuid[], :results ::text[], :revisions ::integer[],
    :resulted ::timestamptz[], :told_members ::smallint[], :told_revisions ::smallint[]
) AS row (
    tube_id, members, sealed_at, boxed_at,
    handed_over_at, arrived_at, registered_at, run_at,
    laboratory, flags, result_sample_id, result, result_revision,
    resulted_at, told_members, told_revision
)
WHERE tube.tube_id = row.tube_id;

-- name: claim_people
-- Enters people as members of open tubes; who is in another one comes back absent, unless that is a stale one.
INSERT INTO open_member AS held (person_id, tube_id, opened_at)
SELECT person_id, tube_id, opened_at
FROM unnest(:person_ids ::uuid[], :tube_ids ::uuid[], :opened_ats ::timestamptz[])
    AS row (person_id, tube_id, opened_at)
ORDER BY person_id
ON CONFLICT (person_id) DO UPDATE SET tube_id = excluded.tube_id, opened_at = excluded.opened_at
    WHERE held.opened_at < excluded.opened_at - :stale_after ::interval
RETURNING person_id;

-- name: claims_of
SELECT person_id, tube_id, opened_at FROM open_member WHERE person_id = ANY(:person_ids ::uuid[]);

-- name: close_tubes!
-- Whoever was a member of these is in no open tube any more.
DELETE FROM open_member
WHERE person_id = ANY(ARRAY(
    SELECT person_id FROM open_member WHERE tube_id = ANY(:tube_ids ::uuid[]) ORDER BY person_id FOR UPDATE
));

-- name: look_again!
-- Has something worked out once more when all who cannot see it yet have ended.
INSERT INTO second_look (what, key)
SELECT what, key FROM unnest(:whats ::text[], :keys ::text[]) AS row (what, key)
ORDER BY what, key
ON CONFLICT (what, key) DO UPDATE SET settled_after = NULL;

-- name: date_second_looks!
-- Who is under way now cannot see what was just committed; whoever begins later can.
UPDATE second_look SET settled_after = pg_snapshot_xmax(pg_current_snapshot()) WHERE settled_after IS NULL;

-- name: take_second_looks
DELETE FROM second_look
WHERE (what, key) IN (
    SELECT what, key
    FROM second_look
    WHERE settled_after <= pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY what, key
    LIMIT :most
    FOR UPDATE SKIP LOCKED
)
RETURNING what, key;

-- name: keep_weeks$
SELECT keep_tube_weeks(:first_at, :last_at);

-- name: insert_gathering
INSERT INTO gathering (
    gathering_id, division, reference, kind, venue, place_code, people, from_at, until_at, plan_reference,
    organiser_sealed, statement_id, recorded_at, held_at, state, first_received_at, changed_at
)
VALUES (
    :id, :division, :reference, :kind, :venue, :place_code, :people, :from_at, :until_at, :plan_reference,
    :organiser_sealed, :statement_id, :recorded_at, :held_at, :state, :received_at, :received_at
)
ON CONFLICT (gathering_id) DO NOTHING
RETURNING gathering_id;

-- name: lock_gathering
SELECT gathering_id, division, reference, kind, venue, place_code, people, from_at, until_at, plan_reference,
       organiser_sealed, statement_id, recorded_at, held_at, cancelled_at, cancelled_reason, state, unapproved_since
FROM gathering
WHERE gathering_id = :id
FOR UPDATE;

-- name: due_gatherings
SELECT gathering_id, division, reference, kind, venue, place_code, people, from_at, until_at, plan_reference,
       organiser_sealed, statement_id, recorded_at, held_at, cancelled_at, cancelled_reason, state, unapproved_since
FROM gathering
WHERE gathering_id = ANY(ARRAY(
    SELECT gathering_id FROM gathering WHERE next_look_at <= :now
    ORDER BY next_look_at LIMIT :most FOR UPDATE SKIP LOCKED
))
ORDER BY gathering_id
-- Locked here too, so that what is read is what stands now and not what stood when the statement began.
FOR UPDATE;

-- name: update_gatherings!
UPDATE gathering AS held
SET kind = row.kind,
    venue = row.venue,
    place_code = row.place_code,
    people = row.people,
    from_at = row.from_at,
    until_at = row.until_at,
    plan_reference = row.plan_reference,
    organiser_sealed = row.organiser_sealed,
    statement_id = row.statement_id,
    recorded_at = row.recorded_at,
    held_at = row.held_at,
    cancelled_at = row.cancelled_at,
    cancelled_reason = row.cancelled_reason,
    state = row.state,
    unapproved_since = row.unapproved_since,
    next_look_at = row.next_look_at,
    changed_at = :changed_at
FROM unnest(
    :ids ::uuid[], :kinds ::text[], :venues ::text[], :place_codes ::text[], :people ::integer[],
    :from_ats ::timestamptz[], :until_ats ::timestamptz[], :plan_references ::text[],
    :organisers_sealed ::bytea[], :statement_ids ::uuid[], :recorded_ats ::timestamptz[],
    :held_ats ::timestamptz[], :cancelled_ats ::timestamptz[], :cancelled_reasons ::text[], :states ::text[],
    :unapproved_sinces ::timestamptz[], :next_looks ::timestamptz[]
) AS row (
    gathering_id, kind, venue, place_code, people, from_at, until_at, plan_reference, organiser_sealed,
    statement_id, recorded_at, held_at, cancelled_at, cancelled_reason, state, unapproved_since, next_look_at
)
WHERE held.gathering_id = row.gathering_id;

-- name: append_gathering_statement
INSERT INTO gathering_statement (
    gathering_id, statement_id, kind, venue, place_code, people, from_at, until_at, plan_reference, held_at,
    recorded_at, received_at, received_from
)
VALUES (
    :id, :statement_id, :kind, :venue, :place_code, :people, :from_at, :until_at, :plan_reference, :held_at,
    :recorded_at, :received_at, :received_from
)
ON CONFLICT (gathering_id, statement_id) DO NOTHING
RETURNING statement_id;

-- name: append_decision
INSERT INTO gathering_decision (
    decision_id, gathering_id, decision, people, facts_key, reason,
    decided_at, recorded_at, received_at, received_from
)
VALUES (
    :decision_id, :id, :decision, :people, :facts_key, :reason,
    :decided_at, :recorded_at, :received_at, :received_from
)
ON CONFLICT (decision_id) DO NOTHING
RETURNING decision_id;

-- name: decisions_of
SELECT gathering_id, decision, people, facts_key, reason, decided_at, recorded_at, received_from
FROM gathering_decision
WHERE gathering_id = ANY(:ids ::uuid[])
ORDER BY gathering_id, decided_at, decision_id;

-- name: gathering_statements
SELECT kind, venue, place_code, people, from_at, until_at, plan_reference, held_at, recorded_at, received_at
FROM gathering_statement
WHERE gathering_id = :id
ORDER BY recorded_at, received_at, statement_id;

-- name: find_gathering
SELECT gathering_id, division, reference, kind, venue, place_code, people, from_at, until_at, plan_reference,
       organiser_sealed, statement_id, recorded_at, held_at, cancelled_at, cancelled_reason, state, unapproved_since
FROM gathering
WHERE gathering_id = :id AND division >= :low AND division < :high;

-- name: list_gatherings
SELECT gathering_id, division, reference, kind, venue, place_code, people, from_at, until_at, plan_reference,
       organiser_sealed, statement_id, recorded_at, held_at, cancelled_at, cancelled_reason, state, unapproved_since
FROM gathering
WHERE division >= :low AND division < :high
  AND (:state ::text IS NULL OR state = :state)
  AND (:unapproved ::boolean IS NULL OR (unapproved_since IS NOT NULL) = :unapproved)
  AND (division, gathering_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, gathering_id
LIMIT :most;

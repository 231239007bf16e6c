-- name: insert_returns
-- Stores returns that are new; those that are known already come back absent.
INSERT INTO return_record (
    return_id, division, reference, state, arrived_at, arrival_recorded_at, arrival_source,
    registered_at, registration_recorded_at, registration_source, last_arrival_at, person_id, withdrawn_into,
    withdrawn_at, withdrawn_reason, first_received_at, changed_at
)
SELECT return_id, division, reference, state, arrived_at, arrival_recorded_at, arrival_source,
       registered_at, registration_recorded_at, registration_source, last_arrival_at, person_id, withdrawn_into,
       withdrawn_at, withdrawn_reason, :received_at ::timestamptz, :received_at
FROM unnest(
    :return_ids ::uuid[], :divisions ::text[], :references ::text[], :states ::text[],
    :arrived_ats ::timestamptz[], :arrival_recorded_ats ::timestamptz[], :arrival_sources ::text[],
    :registered_ats ::timestamptz[], :registration_recorded_ats ::timestamptz[], :registration_sources ::text[],
    :last_arrival_ats ::timestamptz[], :person_ids ::uuid[], :withdrawn_intos ::uuid[],
    :withdrawn_ats ::timestamptz[], :withdrawn_reasons ::text[]
) AS row (
    return_id, division, reference, state, arrived_at, arrival_recorded_at, arrival_source,
    registered_at, registration_recorded_at, registration_source, last_arrival_at, person_id, withdrawn_into,
    withdrawn_at, withdrawn_reason
)
ON CONFLICT (return_id) DO NOTHING
RETURNING return_id;

-- name: lock_returns
-- In the order of ids, so that two transactions never wait for each other.
SELECT return_record.*, return_facts.facts
FROM return_record LEFT JOIN return_facts USING (return_id)
WHERE return_id = ANY(:return_ids ::uuid[])
ORDER BY return_id
FOR UPDATE OF return_record;

-- name: update_returns!
UPDATE return_record AS held
SET state = row.state,
    arrived_at = row.arrived_at,
    arrival_recorded_at = row.arrival_recorded_at,
    arrival_source = row.arrival_source,
    registered_at = row.registered_at,
    registration_recorded_at = row.registration_recorded_at,
    registration_source = row.registration_source,
    last_arrival_at = row.last_arrival_at,
    person_id = row.person_id,
    withdrawn_into = row.withdrawn_into,
    withdrawn_at = row.withdrawn_at,
    withdrawn_reason = row.withdrawn_reason,
    changed_at = :changed_at
FROM unnest(
    :return_ids ::uuid[], :states ::text[],
    :arrived_ats ::timestamptz[], :arrival_recorded_ats ::timestamptz[], :arrival_sources ::text[],
    :registered_ats ::timestamptz[], :registration_recorded_ats ::timestamptz[], :registration_sources ::text[],
    :last_arrival_ats ::timestamptz[], :person_ids ::uuid[], :withdrawn_intos ::uuid[],
    :withdrawn_ats ::timestamptz[], :withdrawn_reasons ::text[]
) AS row (
    return_id, state, arrived_at, arrival_recorded_at, arrival_source,
    registered_at, registration_recorded_at, registration_source, last_arrival_at, person_id, withdrawn_into,
    withdrawn_at, withdrawn_reason
)
WHERE held.return_id = row.return_id;

-- name: append_return_statements
-- Stores what was said for the first time; repetitions come back absent.
INSERT INTO return_statement (
    return_id, statement_id, source, arrived_at, registered_at, recorded_at, received_at, received_from,
    person_id, division, reference, told
)
SELECT return_id, statement_id, source, arrived_at, registered_at, recorded_at, :received_at, received_from,
       person_id, division, reference, told ::jsonb
FROM unnest(
    :return_ids ::uuid[], :statement_ids ::uuid[], :sources ::text[], :arrived_ats ::timestamptz[],
    :registered_ats ::timestamptz[], :recorded_ats ::timestamptz[], :received_froms ::text[],
    :person_ids ::uuid[], :divisions ::text[], :references ::text[], :tolds ::text[]
) AS row (
    return_id, statement_id, source, arrived_at, registered_at, recorded_at, received_from,
    person_id, division, reference, told
)
ON CONFLICT (return_id, statement_id) DO NOTHING
RETURNING statement_id;

-- name: find_return
SELECT return_record.*, return_facts.facts
FROM return_record LEFT JOIN return_facts USING (return_id)
WHERE return_id = :return_id AND division >= :low AND division < :high;

-- name: return_statements
-- With what was said of the returns that ended in it.
SELECT said.source, said.arrived_at, said.registered_at, said.recorded_at, said.received_at,
       coalesce(said.reference, return_record.reference) AS reference
FROM return_statement AS said JOIN return_record USING (return_id)
WHERE return_id = :return_id OR return_record.withdrawn_into = :return_id
ORDER BY received_at, statement_id;

-- name: list_returns
SELECT return_record.*, return_facts.facts
FROM return_record LEFT JOIN return_facts USING (return_id)
WHERE state <> 'withdrawn'
  AND division >= :low AND division < :high
  AND (division, return_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, return_id
LIMIT :most;

-- name: list_returns_in_state
SELECT return_record.*, return_facts.facts
FROM return_record LEFT JOIN return_facts USING (return_id)
WHERE state = :state
  AND division >= :low AND division < :high
  AND (division, return_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, return_id
LIMIT :most;

-- name: find_arrivals
-- The arrivals of people by the ids that stand for them, each with the division it lies in: the person's own ids,
-- or that of the return while nobody knows whose it is. The latest return of a person comes last.
SELECT return_id AS stands_for, division, arrived_at
FROM return_record
WHERE return_id = ANY(:ids ::uuid[])
UNION ALL
SELECT same.asked, held.division, held.arrived_at
FROM records_of(:ids) AS same JOIN return_record AS held USING (person_id)
WHERE held.state <> 'withdrawn'
ORDER BY arrived_at;

-- name: claim_references
-- Writes references that are new down as naming a return of their own; those that are known come back absent.
INSERT INTO return_reference (reference_id, return_id)
SELECT reference_id, reference_id FROM unnest(:reference_ids ::uuid[]) AS row (reference_id) ORDER BY reference_id
ON CONFLICT (reference_id) DO NOTHING
RETURNING reference_id;

-- name: lock_references
-- In the order of ids, so that two transactions never wait for each other.
SELECT reference_id, return_id
FROM return_reference
WHERE reference_id = ANY(:reference_ids ::uuid[])
ORDER BY reference_id
FOR UPDATE;

-- name: name_returns!
INSERT INTO return_reference (reference_id, return_id)
SELECT reference_id, return_id
FROM unnest(:reference_ids ::uuid[], :return_ids ::uuid[]) AS row (reference_id, return_id)
ORDER BY reference_id
ON CONFLICT (reference_id) DO UPDATE SET return_id = excluded.return_id;

-- name: rename_references!
-- The references of returns that end in others name those from now on.
UPDATE return_reference AS held
SET return_id = row.into_id
FROM unnest(:return_ids ::uuid[], :into_ids ::uuid[]) AS row (return_id, into_id)
WHERE held.return_id = row.return_id;

-- name: people_of_references
-- Whose returns references name, before anything is locked.
SELECT return_record.person_id
FROM return_reference JOIN return_record USING (return_id)
WHERE reference_id = ANY(:reference_ids ::uuid[]) AND person_id IS NOT NULL;

-- name: returns_of_people
SELECT return_record.*, return_facts.facts
FROM return_record LEFT JOIN return_facts USING (return_id)
WHERE state <> 'withdrawn' AND (person_id = ANY(:person_ids ::uuid[]) OR return_id = ANY(:return_ids ::uuid[]))
ORDER BY return_id;

-- name: end_returns!
-- Returns that ended in one that ends now end where it does.
UPDATE return_record AS held
SET withdrawn_into = row.into_id, changed_at = :changed_at
FROM unnest(:return_ids ::uuid[], :into_ids ::uuid[]) AS row (return_id, into_id)
WHERE held.withdrawn_into = row.return_id;

-- name: write_facts!
INSERT INTO return_facts (return_id, origin, facts, vehicle, changed_at)
SELECT return_id, origin, facts ::jsonb, vehicle, :changed_at ::timestamptz
FROM unnest(:return_ids ::uuid[], :origins ::text[], :facts ::text[], :vehicles ::text[])
    AS row (return_id, origin, facts, vehicle)
ON CONFLICT (return_id) DO UPDATE
SET origin = excluded.origin, facts = excluded.facts, vehicle = excluded.vehicle, changed_at = excluded.changed_at;

-- name: clear_routes!
DELETE FROM return_route WHERE return_id = ANY(:return_ids ::uuid[]);

-- name: write_routes!
INSERT INTO return_route (return_id, area, entered_on, left_on)
SELECT return_id, area, entered_on, max(left_on)
FROM unnest(:return_ids ::uuid[], :areas ::text[], :entered_ons ::date[], :left_ons ::date[])
    AS row (return_id, area, entered_on, left_on)
GROUP BY return_id, area, entered_on;

-- name: visible_people
SELECT person_id, division, occupation, details_sealed, merged_into, identity_fingerprint, repetition_fingerprint,
       first_received_at
FROM person
WHERE person_id = ANY(:person_ids ::uuid[])
  AND ((division >= :low AND division < :high)
       OR EXISTS (
           SELECT FROM person_place AS place
           WHERE place.person_id = person.person_id AND place.division >= :low AND place.division < :high
       ));

-- name: people_on_record
SELECT person_id FROM person WHERE person_id = ANY(:person_ids ::uuid[]);

-- name: ended_in_others
SELECT return_record.*, return_facts.facts
FROM return_record LEFT JOIN return_facts USING (return_id)
WHERE state = 'withdrawn' AND person_id = ANY(:person_ids ::uuid[])
ORDER BY return_id
FOR UPDATE OF return_record;

-- name: statements_under
SELECT said.source, said.arrived_at, said.registered_at, said.recorded_at, said.received_from, said.person_id,
       said.told, coalesce(said.division, held.division) AS division,
       coalesce(said.reference, held.reference) AS reference
FROM return_statement AS said JOIN return_record AS held USING (return_id)
WHERE return_id = :return_id;

-- name: statements_of_others
SELECT said.source, said.arrived_at, said.registered_at, said.recorded_at, said.received_from, said.person_id,
       said.told, coalesce(said.division, held.division) AS division,
       coalesce(said.reference, held.reference) AS reference
FROM return_statement AS said JOIN return_record AS held USING (return_id)
WHERE held.withdrawn_into = :into_id AND held.return_id <> :but;

-- name: lock_references_of_return
-- So that nothing more is said of the return meanwhile.
SELECT reference_id FROM return_reference WHERE return_id = :return_id ORDER BY reference_id FOR UPDATE;

-- name: lock_papers_of_return
SELECT pg_advisory_xact_lock(hashtextextended('papers ' || :return_id ::uuid ::text, 0));

-- name: append_withdrawal!
INSERT INTO return_withdrawal (
    return_id, again_id, reason, note, occurred_at, recorded_at, received_at, received_from
)
VALUES (:return_id, :again_id, :reason, :note, :occurred_at, :recorded_at, :received_at, :received_from);

-- name: withdrawal_of_return
SELECT reason, note, occurred_at, recorded_at, received_from FROM return_withdrawal WHERE return_id = :return_id;

-- name: said_of_withdrawn
-- The returns withdrawn by hand among these and among those that had their references before, each with those of the
-- statements that were made of it, or of a return that had ended in it.
WITH RECURSIVE gone AS (
    SELECT return_id, again_id FROM return_withdrawal
    WHERE return_id = ANY(:return_ids ::uuid[]) OR again_id = ANY(:return_ids)
    UNION
    SELECT former.return_id, former.again_id
    FROM gone JOIN return_withdrawal AS former ON former.again_id = gone.return_id
)
SELECT gone.return_id, gone.again_id, held.division, held.reference, said.statement_id
FROM gone
JOIN return_record AS held USING (return_id)
LEFT JOIN LATERAL (
    SELECT statement_id
    FROM return_statement
    WHERE statement_id = ANY(:statement_ids ::uuid[])
      AND return_id IN (
          SELECT ended.return_id FROM return_record AS ended
          WHERE ended.return_id = gone.return_id OR ended.withdrawn_into = gone.return_id
      )
) AS said ON true;

-- name: share_demands
-- Departures are recorded beside each other; a change of a demand waits for all of them, and they for it.
SELECT pg_advisory_xact_lock_shared(hashtext('registration-destination-demands'));

-- name: hold_demands
SELECT pg_advisory_xact_lock(hashtext('registration-destination-demands'));

-- name: put_demand
INSERT INTO destination_demand (area, within_hours, source, recorded_at, received_at, received_from)
VALUES (:area, :within_hours, :source, :recorded_at, :received_at, :received_from)
ON CONFLICT (area) DO UPDATE
SET within_hours = excluded.within_hours,
    source = excluded.source,
    recorded_at = excluded.recorded_at,
    received_at = excluded.received_at,
    received_from = excluded.received_from
RETURNING area, within_hours, source, recorded_at, xmax = 0 AS is_new;

-- name: demands_of
SELECT area, within_hours, source, recorded_at FROM destination_demand WHERE area = ANY(:areas ::text[]);

-- name: list_demands
SELECT area, within_hours, source, recorded_at
FROM destination_demand
WHERE area > :after_area ::text
ORDER BY area
LIMIT :most;

-- name: departures_to
-- Departures that a demand touches: those to the area or into it that lie ahead.
SELECT departure_id
FROM departure
WHERE destination >= :prefix ::text AND destination < :prefix || '~'
  AND withdrawn_at IS NULL AND leaving_on >= :today
ORDER BY departure_id;

-- name: lock_departures
SELECT departure_id, division, reference, person_id, destination, leaving_on, purpose, within_hours, withdrawn_at,
       test_from, test_due_on, recorded_at
FROM departure
WHERE departure_id = ANY(:departure_ids ::uuid[])
ORDER BY departure_id
FOR UPDATE;

-- name: insert_departure
INSERT INTO departure (
    departure_id, division, reference, person_id, destination, leaving_on, purpose, within_hours, test_id, test_from,
    test_due_on, recorded_at, received_at, received_from, changed_at
)
VALUES (
    :departure_id, :division, :reference, :person_id, :destination, :leaving_on, :purpose, :within_hours, :test_id,
    :test_from, :test_due_on, :recorded_at, :received_at ::timestamptz, :received_from, :received_at
)
ON CONFLICT (departure_id) DO NOTHING
RETURNING departure_id;

-- name: update_departures!
UPDATE departure AS held
SET destination = row.destination,
    leaving_on = row.leaving_on,
    purpose = row.purpose,
    within_hours = row.within_hours,
    withdrawn_at = row.withdrawn_at,
    test_id = row.test_id,
    test_from = row.test_from,
    test_due_on = row.test_due_on,
    recorded_at = row.recorded_at,
    changed_at = :changed_at
FROM unnest(
    :departure_ids ::uuid[], :destinations ::text[], :leaving_ons ::date[], :purposes ::text[],
    :within_hours ::integer[], :withdrawn_ats ::timestamptz[], :test_ids ::uuid[], :test_froms ::date[],
    :test_due_ons ::date[], :recorded_ats ::timestamptz[]
) AS row (
    departure_id, destination, leaving_on, purpose, within_hours, withdrawn_at, test_id, test_from, test_due_on,
    recorded_at
)
WHERE held.departure_id = row.departure_id;

-- name: append_departure_statement
INSERT INTO departure_statement (
    departure_id, statement_id, destination, leaving_on, purpose, within_hours, withdrawn, recorded_at, received_at,
    received_from
)
VALUES (
    :departure_id, :statement_id, :destination, :leaving_on, :purpose, :within_hours, :withdrawn, :recorded_at,
    :received_at, :received_from
)
ON CONFLICT DO NOTHING
RETURNING statement_id;

-- name: find_departure
SELECT departure_id, division, reference, person_id, destination, leaving_on, purpose, within_hours, withdrawn_at,
       test_from, test_due_on, recorded_at
FROM departure
WHERE departure_id = :departure_id AND division >= :low AND division < :high;

-- name: list_departures
SELECT departure_id, division, reference, person_id, destination, leaving_on, purpose, within_hours, withdrawn_at,
       test_from, test_due_on, recorded_at
FROM departure
WHERE division >= :low AND division < :high
  AND (division, departure_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, departure_id
LIMIT :most;

-- name: returns_after
-- The first return of each person after they left, whichever of a merged person's ids it was stored with.
SELECT asked.departure_id, held.return_id, held.arrived_at,
       EXISTS (
           SELECT FROM return_route AS route
           WHERE route.return_id = held.return_id AND route.area >= asked.prefix AND route.area < asked.prefix || '~'
       ) AS names_destination
FROM unnest(:departure_ids ::uuid[], :person_ids ::uuid[], :since ::timestamptz[], :prefixes ::text[])
    AS asked (departure_id, person_id, since, prefix)
CROSS JOIN LATERAL (
    SELECT return_id, arrived_at
    FROM return_record
    WHERE return_record.person_id = asked.person_id AND return_record.arrived_at >= asked.since
      AND return_record.state <> 'withdrawn'
    ORDER BY arrived_at, return_id
    LIMIT 1
) AS held
ORDER BY held.arrived_at, held.return_id;

-- name: find_mover
-- Somebody whom the caller may see: who lives in the subtree, or is managed there.
SELECT person.person_id, person.occupation
FROM person
WHERE person.person_id = :person_id
  AND (
      (person.division >= :low AND person.division < :high)
      OR EXISTS (
          SELECT FROM plan
          WHERE plan.person_id = ANY(:same ::uuid[]) AND plan.state = 'open'
            AND plan.stage_division >= :low AND plan.stage_division < :high
      )
  );

-- name: stage_of
-- The present stage of the open plan, with the restrictions that last on a day.
SELECT plan.plan_id, plan.stage_kind, plan.stage_last_day,
       ARRAY(
           SELECT restriction ->> 'id'
           FROM jsonb_array_elements(plan_version.decision -> 'restrictions') AS restriction
           WHERE (restriction ->> 'first_day') <= :today ::text AND (restriction ->> 'last_day') >= :today
       ) AS restrictions
FROM plan JOIN plan_version USING (plan_id, version)
WHERE plan.person_id = ANY(:same ::uuid[]) AND plan.state = 'open'
ORDER BY plan.decided_at DESC
LIMIT 1;

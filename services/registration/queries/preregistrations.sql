-- name: insert_preregistrations
-- Stores what is new; what is known already comes back absent.
INSERT INTO preregistration (
    preregistration_id, division, reference, person_id, statement_id, recorded_at, source, origin, places, transport,
    transport_number, seat, intended_on, health, cancelled, contact_sealed, first_received_at, changed_at
)
SELECT preregistration_id, division, reference, person_id, statement_id, recorded_at, source, origin,
       string_to_array(places, ' '), transport, transport_number, seat, intended_on, health, cancelled,
       contact_sealed, :received_at ::timestamptz, :received_at
FROM unnest(
    :preregistration_ids ::uuid[], :divisions ::text[], :references ::text[], :person_ids ::uuid[],
    :statement_ids ::uuid[], :recorded_ats ::timestamptz[], :sources ::text[], :origins ::text[], :places ::text[],
    :transports ::text[], :transport_numbers ::text[], :seats ::text[], :intended_ons ::date[], :healths ::text[],
    :cancelleds ::boolean[], :contacts_sealed ::bytea[]
) AS row (
    preregistration_id, division, reference, person_id, statement_id, recorded_at, source, origin, places,
    transport, transport_number, seat, intended_on, health, cancelled, contact_sealed
)
ON CONFLICT (preregistration_id) DO NOTHING
RETURNING preregistration_id;

-- name: lock_preregistrations
-- In the order of ids, so that two transactions never wait for each other.
SELECT preregistration_id, division, reference, person_id, statement_id, recorded_at, source, origin, places, transport,
       transport_number, seat, intended_on, health, cancelled, contact_sealed, return_id
FROM preregistration
WHERE preregistration_id = ANY(:preregistration_ids ::uuid[])
ORDER BY preregistration_id
FOR UPDATE;

-- name: update_preregistrations!
UPDATE preregistration AS held
SET statement_id = row.statement_id,
    recorded_at = row.recorded_at,
    source = row.source,
    origin = row.origin,
    places = string_to_array(row.places, ' '),
    transport = row.transport,
    transport_number = row.transport_number,
    seat = row.seat,
    intended_on = row.intended_on,
    health = row.health,
    cancelled = row.cancelled,
    contact_sealed = row.contact_sealed,
    changed_at = :changed_at
FROM unnest(
    :preregistration_ids ::uuid[], :statement_ids ::uuid[], :recorded_ats ::timestamptz[], :sources ::text[],
    :origins ::text[], :places ::text[], :transports ::text[], :transport_numbers ::text[], :seats ::text[],
    :intended_ons ::date[], :healths ::text[], :cancelleds ::boolean[], :contacts_sealed ::bytea[]
) AS row (
    preregistration_id, statement_id, recorded_at, source, origin, places, transport, transport_number, seat,
    intended_on, health, cancelled, contact_sealed
)
WHERE held.preregistration_id = row.preregistration_id;

-- name: append_preregistration_statements
-- Stores what was said for the first time; repetitions come back absent.
INSERT INTO preregistration_statement (
    preregistration_id, statement_id, source, origin, places, transport, transport_number, seat, intended_on, health,
    cancelled, said_sealed, recorded_at, received_at, received_from
)
SELECT preregistration_id, statement_id, source, origin, string_to_array(places, ' '), transport, transport_number,
       seat, intended_on, health, cancelled, contact_sealed, recorded_at, :received_at ::timestamptz, received_from
FROM unnest(
    :preregistration_ids ::uuid[], :statement_ids ::uuid[], :recorded_ats ::timestamptz[], :sources ::text[],
    :origins ::text[], :places ::text[], :transports ::text[], :transport_numbers ::text[], :seats ::text[],
    :intended_ons ::date[], :healths ::text[], :cancelleds ::boolean[], :contacts_sealed ::bytea[],
    :received_froms ::text[]
) AS row (
    preregistration_id, statement_id, recorded_at, source, origin, places, transport, transport_number, seat,
    intended_on, health, cancelled, contact_sealed, received_from
)
ON CONFLICT (preregistration_id, statement_id) DO NOTHING
RETURNING statement_id;

-- name: find_preregistration
SELECT preregistration_id, division, reference, person_id, statement_id, recorded_at, source, origin, places, transport,
       transport_number, seat, intended_on, health, cancelled, contact_sealed, return_id
FROM preregistration
WHERE preregistration_id = :preregistration_id AND division >= :low AND division < :high;

-- name: preregistration_statements
SELECT source, origin, places, transport, transport_number, seat, intended_on, health, cancelled, recorded_at,
       received_at
FROM preregistration_statement
WHERE preregistration_id = :preregistration_id
ORDER BY received_at, statement_id;

-- name: list_preregistrations
SELECT preregistration_id, division, reference, person_id, statement_id, recorded_at, source, origin, places, transport,
       transport_number, seat, intended_on, health, cancelled, contact_sealed, return_id
FROM preregistration
WHERE division >= :low AND division < :high
  AND (division, preregistration_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, preregistration_id
LIMIT :most;

-- name: list_expected_preregistrations
SELECT preregistration_id, division, reference, person_id, statement_id, recorded_at, source, origin, places, transport,
       transport_number, seat, intended_on, health, cancelled, contact_sealed, return_id
FROM preregistration
WHERE return_id IS NULL AND NOT cancelled
  AND intended_on >= :first_day AND intended_on <= :last_day
  AND division >= :low AND division < :high
  AND (division, preregistration_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, preregistration_id
LIMIT :most;

-- name: list_closed_preregistrations
SELECT preregistration_id, division, reference, person_id, statement_id, recorded_at, source, origin, places, transport,
       transport_number, seat, intended_on, health, cancelled, contact_sealed, return_id
FROM preregistration
WHERE (return_id IS NOT NULL) = :arrived ::boolean AND (return_id IS NOT NULL OR cancelled)
  AND division >= :low AND division < :high
  AND (division, preregistration_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, preregistration_id
LIMIT :most;

-- name: link_returns
-- Matches what is open of these people, under whichever of their ids, to the earliest return that fulfils it. What
-- was matched to a return that turned out to be another one, or somebody else's after all, follows it there or is
-- open again.
WITH RECURSIVE up AS (
    SELECT person_id, merged_into FROM person WHERE person_id = ANY(:person_ids ::uuid[])
    UNION
    SELECT person.person_id, person.merged_into FROM up JOIN person ON person.person_id = up.merged_into
), same AS (
    SELECT person_id AS survivor, person_id FROM up WHERE merged_into IS NULL
    UNION
    SELECT same.survivor, person.person_id FROM same JOIN person ON person.merged_into = same.person_id
), known AS (
    -- With all ids of the person beside each, so that returns are looked up by them and not by going through everybody.
    SELECT person_id, array_agg(person_id) OVER (PARTITION BY survivor) AS ids FROM same
), open AS MATERIALIZED (
    SELECT preregistration.preregistration_id, known.ids, preregistration.intended_on, preregistration.recorded_at
    FROM preregistration JOIN known USING (person_id)
    WHERE CASE WHEN preregistration.return_id IS NULL THEN NOT preregistration.cancelled
               ELSE NOT EXISTS (
                   SELECT FROM return_record
                   WHERE return_record.return_id = preregistration.return_id
                     AND return_record.state <> 'withdrawn'
                     AND return_record.person_id = ANY(known.ids)
               )
          END
    ORDER BY preregistration.preregistration_id
    FOR UPDATE OF preregistration
), found AS MATERIALIZED (
    SELECT open.preregistration_id, earliest.return_id
    FROM open LEFT JOIN LATERAL (
        SELECT return_record.return_id
        FROM return_record
        WHERE return_record.person_id = ANY(open.ids)
          AND return_record.state <> 'withdrawn'
          AND (return_record.arrived_at AT TIME ZONE 'Asia/Shanghai')::date
              >= LEAST(open.intended_on, (open.recorded_at AT TIME ZONE 'Asia/Shanghai')::date)
        ORDER BY return_record.arrived_at, return_record.return_id
        LIMIT 1
    ) AS earliest ON true
)
UPDATE preregistration AS held
SET return_id = found.return_id, changed_at = :changed_at
FROM found
WHERE held.preregistration_id = found.preregistration_id AND held.return_id IS DISTINCT FROM found.return_id
RETURNING held.preregistration_id, held.return_id;

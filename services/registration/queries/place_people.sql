-- name: lock_place_people
SELECT person_id, role, since, left_on, recorded_at
FROM place_person
WHERE place_id = :place_id AND person_id = ANY(:person_ids ::uuid[])
ORDER BY person_id
FOR UPDATE;

-- name: put_place_people!
INSERT INTO place_person (
    place_id, person_id, role, since, left_on, recorded_at, changed_at, received_from
)
SELECT :place_id ::uuid, person_id, role, since, left_on, recorded_at, :changed_at ::timestamptz, :received_from
FROM unnest(
    :person_ids ::uuid[], :roles ::text[], :sinces ::date[], :left_ons ::date[], :recorded_ats ::timestamptz[]
) AS row (person_id, role, since, left_on, recorded_at)
ORDER BY person_id
ON CONFLICT (place_id, person_id) DO UPDATE SET
    role = excluded.role, since = excluded.since, left_on = excluded.left_on,
    recorded_at = excluded.recorded_at, changed_at = excluded.changed_at, received_from = excluded.received_from
WHERE place_person.recorded_at <= excluded.recorded_at;

-- name: list_place_people
SELECT listed.person_id, listed.role, listed.since, listed.left_on, listed.recorded_at,
       held.reported_at, held.opened_at IS NOT NULL AS owes
FROM place_person AS listed
LEFT JOIN health_day AS held ON held.person_id = listed.person_id AND held.day = :day ::date
WHERE listed.place_id = :place_id AND listed.person_id > :after ::uuid
  AND (NOT :present ::boolean OR listed.left_on IS NULL OR listed.left_on > :day)
ORDER BY listed.person_id
LIMIT :most ::int;

-- name: insert_positive
-- Absent when this stay was found positive before.
INSERT INTO site_positive (stay_id, site, room, person_id, found_at, received_at)
VALUES (:stay_id ::uuid, :site, :room, :person_id ::uuid, :found_at ::timestamptz, :now ::timestamptz)
ON CONFLICT (stay_id) DO NOTHING
RETURNING stay_id;

-- name: insert_contacts!
INSERT INTO site_contact (stay_id, person_id, nearness)
SELECT :stay_id ::uuid, person_id, nearness
FROM unnest(:person_ids ::uuid[], :nearnesses ::text[]) AS row (person_id, nearness);

-- name: contacts_of
SELECT person_id, nearness FROM site_contact WHERE stay_id = :stay_id ORDER BY person_id;

-- name: insert_grounds
-- For those who are on record as people; a ground is kept once.
INSERT INTO management_ground (ground_id, person_id, division, kind, began_on, recorded_at, received_at)
SELECT row.ground_id, person.person_id, person.division, :kind, :began_on ::date, :now ::timestamptz, :now
FROM unnest(:ground_ids ::uuid[], :person_ids ::uuid[]) AS row (ground_id, person_id)
JOIN person USING (person_id)
ON CONFLICT (ground_id) DO NOTHING
RETURNING person_id;

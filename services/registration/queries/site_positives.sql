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

-- name: people_around
-- Who can be told of something in a division: entries of its township, of what lies in it, and of what stands above.
SELECT key, id
FROM duty_person
WHERE working AND (division = ANY(:above ::text[]) OR (division >= :low AND division < :high));

-- name: insert_notice_pages
-- A notice that was given already is not given again.
INSERT INTO page (id, person_id, division, occasion, items, created_at)
SELECT id, person_id, division, 'inform', 0, :now
FROM unnest(:ids ::uuid[], :person_ids ::uuid[], :divisions ::text[]) AS row (id, person_id, division)
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: insert_notices!
INSERT INTO page_notice (page_id, kind, role, subject)
SELECT page_id, kind, role, subject
FROM unnest(:page_ids ::uuid[], :kinds ::text[], :roles ::text[], :subjects ::uuid[]) AS row (page_id, kind, role, subject);

-- name: insert_notice_deliveries!
INSERT INTO delivery (page_id, person_id, state, next_attempt_at)
SELECT page_id, person_id, 'pending', :now
FROM unnest(:page_ids ::uuid[], :person_ids ::uuid[]) AS row (page_id, person_id);

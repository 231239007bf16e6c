-- name: find_staff
SELECT staff_id, key, division, roles, working, details_sealed
FROM grid_staff
WHERE key = ANY(:keys ::text[]);

-- name: save_staff!
INSERT INTO grid_staff (staff_id, key, division, roles, working, details_sealed, recorded_at)
SELECT staff_id, key, division, string_to_array(roles, ' '), working, details_sealed, :recorded_at ::timestamptz
FROM unnest(
    :staff_ids ::uuid[], :keys ::text[], :divisions ::text[], :roles ::text[], :workings ::boolean[],
    :details_sealeds ::bytea[]
) AS row (staff_id, key, division, roles, working, details_sealed)
ORDER BY staff_id
ON CONFLICT (staff_id) DO UPDATE SET
    division = excluded.division,
    roles = excluded.roles,
    working = excluded.working,
    details_sealed = excluded.details_sealed,
    recorded_at = excluded.recorded_at;

-- name: list_staff
SELECT staff_id, key, division, roles, working, details_sealed
FROM grid_staff
WHERE division >= :low AND division < :high AND (:after ::text IS NULL OR key > :after)
ORDER BY key
LIMIT :most ::int;

-- name: add_responsibilities
-- Stores what is new; what is on record already comes back absent.
INSERT INTO responsibility (responsibility_id, staff_id, role, division, block, building, recorded_at)
SELECT responsibility_id, staff_id, role, division, block, building, :recorded_at ::timestamptz
FROM unnest(
    :responsibility_ids ::uuid[], :staff_ids ::uuid[], :roles ::text[], :divisions ::text[],
    :blocks ::text[], :buildings ::text[]
) AS row (responsibility_id, staff_id, role, division, block, building)
ORDER BY responsibility_id
ON CONFLICT (responsibility_id) DO NOTHING
RETURNING responsibility_id;

-- name: add_parts!
INSERT INTO grid_part (division, block, building, recorded_at)
SELECT division, block, building, :recorded_at ::timestamptz
FROM unnest(:divisions ::text[], :blocks ::text[], :buildings ::text[]) AS row (division, block, building)
ORDER BY division, block, building
ON CONFLICT DO NOTHING;

-- name: find_responsibility
SELECT r.responsibility_id, r.staff_id, s.key, r.role, r.division, r.block, r.building
FROM responsibility AS r JOIN grid_staff AS s USING (staff_id)
WHERE r.responsibility_id = :responsibility_id
FOR UPDATE OF r;

-- name: drop_responsibility!
DELETE FROM responsibility WHERE responsibility_id = :responsibility_id;

-- name: at_work
-- What those who have not left answer for, in exactly these divisions.
SELECT r.responsibility_id, r.staff_id, s.key, r.role, r.division, r.block, r.building
FROM responsibility AS r JOIN grid_staff AS s USING (staff_id)
WHERE r.division = ANY(:divisions ::text[]) AND s.working AND r.role = ANY(s.roles)
ORDER BY r.division, r.role, s.key;

-- name: parts_of
SELECT division, NULLIF(block, '') AS block, NULLIF(building, '') AS building
FROM grid_part
WHERE division = ANY(:divisions ::text[]);

-- name: divisions_of_staff
SELECT DISTINCT division FROM responsibility WHERE staff_id = ANY(:staff_ids ::uuid[]);

-- name: held_roles
-- Which roles are held for which divisions as a whole, each once.
SELECT DISTINCT r.role, r.division
FROM responsibility AS r JOIN grid_staff AS s USING (staff_id)
WHERE r.role = ANY(:roles ::text[]) AND r.block IS NULL AND r.building IS NULL
  AND s.working AND r.role = ANY(s.roles);

-- name: uncovered_buildings
-- By district, the buildings for which nobody at work holds the role, nor for their block or village.
SELECT left(p.division, 6) AS district, count(*) AS buildings
FROM grid_part AS p
WHERE p.building <> '' AND NOT EXISTS (
    SELECT FROM responsibility AS r JOIN grid_staff AS s USING (staff_id)
    WHERE r.division = p.division AND r.role = :role AND s.working AND r.role = ANY(s.roles)
      AND (r.building IS NULL OR r.building = p.building)
      AND (r.block IS NULL OR r.block = p.block)
)
GROUP BY district;

-- name: lock_points
-- Points are stated one after the other: which point a division goes to depends on all of them.
SELECT pg_advisory_xact_lock(hashtextextended('sampling points', 0));

-- name: find_point
SELECT code, division, kind, is_open, document,
       ARRAY(SELECT division FROM sampling_point_serves WHERE point = code ORDER BY division) AS serves
FROM sampling_point
WHERE code = :code;

-- name: keep_point!
INSERT INTO sampling_point
    (code, point_id, division, kind, is_open, hands, trained_hands, document, first_received_at, changed_at)
VALUES (:code, :point_id, :division, :kind, :is_open, :hands, :trained_hands, :document, :now, :now)
ON CONFLICT (code) DO UPDATE SET
    division = excluded.division, kind = excluded.kind, is_open = excluded.is_open, hands = excluded.hands,
    trained_hands = excluded.trained_hands, document = excluded.document, changed_at = excluded.changed_at;

-- name: forget_serves!
DELETE FROM sampling_point_serves WHERE point = :code;

-- name: keep_serves!
INSERT INTO sampling_point_serves (point, division)
SELECT :code, division FROM unnest(:divisions ::text[]) AS row (division);

-- name: open_serves
SELECT serves.point, serves.division
FROM sampling_point_serves AS serves
JOIN sampling_point AS point ON point.code = serves.point
WHERE point.is_open;

-- name: release_divisions!
DELETE FROM point_of_division WHERE division = ANY(:divisions ::text[]);

-- name: designate!
INSERT INTO point_of_division (division, point)
SELECT division, point FROM unnest(:divisions ::text[], :points ::text[]) AS row (division, point);

-- name: list_points
SELECT code, division, kind, is_open, document,
       ARRAY(SELECT serves.division FROM sampling_point_serves AS serves
             WHERE serves.point = code ORDER BY serves.division) AS serves
FROM sampling_point
WHERE division >= :low AND division < :high
  AND (division, point_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, point_id
LIMIT :most ::int;

-- name: served_divisions
-- Divisions of the subtree that some open point serves.
SELECT division FROM point_of_division WHERE division >= :low AND division < :high;

-- name: divisions_of_points
-- Where points lie and what they serve, of those that are on record.
SELECT code, division || ARRAY(SELECT division FROM sampling_point_serves WHERE point = code) AS divisions
FROM sampling_point
WHERE code = ANY(:codes ::text[]);

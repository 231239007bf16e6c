-- name: open_work
-- How many open tubes each laboratory has or is to have, those sent on counted where they are sent to.
SELECT laboratory, sum(tubes)::bigint AS tubes
FROM (
    SELECT tube.laboratory, count(*) AS tubes
    FROM tube
    WHERE is_open AND tube.laboratory = ANY(:codes ::text[]) AND opened_at >= :since
      AND NOT EXISTS (
          SELECT FROM routed_tube AS routed
          WHERE routed.tube_id = tube.tube_id AND tube.laboratory = ANY(routed.left_behind)
      )
    GROUP BY tube.laboratory
    UNION ALL
    SELECT routed.laboratory, count(*)
    FROM routed_tube AS routed
    JOIN tube USING (tube_id)
    WHERE is_open AND routed.laboratory = ANY(:codes) AND tube.laboratory = ANY(routed.left_behind)
      AND opened_at >= :since
    GROUP BY routed.laboratory
) AS counted
GROUP BY laboratory;

-- name: try_to_reroute$
-- One process at a time decides, so that no capacity is given away twice.
SELECT pg_try_advisory_xact_lock(hashtextextended('rerouting of tubes', 0));

-- name: open_tubes_of_suspended
-- Open tubes that suspended laboratories have or are to have, the oldest first.
SELECT tube.tube_id, tube.division, held.laboratory, suspension.suspension_id, registered.division AS laboratory_division,
       coalesce(tube.handed_over_at, tube.arrived_at, tube.registered_at, tube.run_at) IS NOT NULL AS is_away
FROM laboratory_suspension AS suspension
JOIN laboratory AS registered USING (laboratory)
CROSS JOIN LATERAL (
    SELECT tube_id, suspension.laboratory FROM tube
    WHERE is_open AND tube.laboratory = suspension.laboratory AND opened_at >= :since
      AND NOT EXISTS (
          SELECT FROM routed_tube AS routed
          WHERE routed.tube_id = tube.tube_id AND tube.laboratory = ANY(routed.left_behind)
      )
    UNION ALL
    SELECT routed.tube_id, suspension.laboratory FROM routed_tube AS routed
    JOIN tube USING (tube_id)
    WHERE is_open AND routed.laboratory = suspension.laboratory AND tube.laboratory = ANY(routed.left_behind)
      AND opened_at >= :since
) AS held
JOIN tube ON tube.tube_id = held.tube_id
WHERE suspension.ended_at IS NULL
ORDER BY tube.opened_at, tube.tube_id
LIMIT :most;

-- name: insert_reroutings!
INSERT INTO rerouting (tube_id, suspension_id, division, from_laboratory, to_laboratory, decided_at)
SELECT tube_id, suspension_id, division, from_laboratory, to_laboratory, :now ::timestamptz
FROM unnest(
    :tube_ids ::uuid[], :suspension_ids ::uuid[], :divisions ::text[], :from_laboratories ::text[],
    :to_laboratories ::text[]
) AS row (tube_id, suspension_id, division, from_laboratory, to_laboratory)
ON CONFLICT DO NOTHING;

-- name: put_routed_tubes!
INSERT INTO routed_tube AS held (tube_id, laboratory, left_behind)
SELECT tube_id, to_laboratory, ARRAY[from_laboratory]
FROM unnest(:tube_ids ::uuid[], :from_laboratories ::text[], :to_laboratories ::text[])
    AS row (tube_id, from_laboratory, to_laboratory)
ON CONFLICT (tube_id) DO UPDATE
SET laboratory = excluded.laboratory,
    left_behind = array_remove(held.left_behind, excluded.laboratory) || excluded.left_behind;

-- name: list_reroutings
SELECT moved.*, tube.code AS tube_code, tube.is_open
FROM rerouting AS moved
JOIN tube USING (tube_id)
LEFT JOIN laboratory AS giving ON giving.laboratory = from_laboratory
LEFT JOIN laboratory AS taking ON taking.laboratory = to_laboratory
WHERE ((moved.division >= :low AND moved.division < :high) OR (giving.division >= :low AND giving.division < :high)
       OR (taking.division >= :low AND taking.division < :high))
  AND (decided_at, moved.tube_id) > (:after_at ::timestamptz, :after_id ::uuid)
ORDER BY decided_at, moved.tube_id
LIMIT :most;

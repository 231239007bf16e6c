-- name: keep_residents
-- States entries of the register; those that are on record just so come back absent.
INSERT INTO resident AS held (
    resident_id, division, reference, building, household, subject_kind, person_id, people,
    recorded_at, received_at, received_from
)
SELECT resident_id, division, reference, building, household, subject_kind, person_id, people,
       recorded_at, :received_at, received_from
FROM unnest(
    :resident_ids ::uuid[], :divisions ::text[], :references ::text[], :buildings ::text[], :households ::text[],
    :subject_kinds ::text[], :person_ids ::uuid[], :people ::int[], :recorded_ats ::timestamptz[],
    :received_froms ::text[]
) AS row (
    resident_id, division, reference, building, household,
    subject_kind, person_id, people, recorded_at,
    received_from
)
ON CONFLICT (resident_id) DO UPDATE SET
    building = excluded.building, household = excluded.household, subject_kind = excluded.subject_kind,
    person_id = excluded.person_id, people = excluded.people, recorded_at = excluded.recorded_at,
    received_at = excluded.received_at, received_from = excluded.received_from
WHERE (held.building, held.household, held.subject_kind, held.person_id, held.people)
      IS DISTINCT FROM
      (excluded.building, excluded.household, excluded.subject_kind, excluded.person_id, excluded.people)
  AND held.recorded_at <= excluded.recorded_at
RETURNING resident_id;

-- name: list_residents
SELECT resident_id, division, reference, building, household, subject_kind, person_id, people
FROM resident
WHERE division >= :low AND division < :high
  AND (:building ::text IS NULL OR building = :building)
  AND (division, building, reference) > (:after_division ::text, :after_building ::text, :after_reference ::text)
ORDER BY division, building, reference
LIMIT :most ::int;

-- name: people_by_division
SELECT division, sum(people)::bigint AS people
FROM resident
WHERE division >= :low AND division < :high
GROUP BY division
HAVING sum(people) > 0
ORDER BY division;

-- name: missing_residents
-- Whom nobody has sampled since the campaign began, by building; whoever was sampled, wherever, by whom and under
-- whichever of their records, has come.
SELECT held.resident_id, held.division, held.reference, held.building, held.household, held.subject_kind,
       held.person_id, held.people
FROM resident AS held
WHERE held.division >= :low AND held.division < :high
  AND held.people > 0
  AND (:building ::text IS NULL OR held.building = :building)
  AND (held.division, held.building, held.reference)
      > (:after_division ::text, :after_building ::text, :after_reference ::text)
  AND NOT EXISTS (
      SELECT FROM sample
      WHERE held.subject_kind = 'person' AND sample.person_id = held.person_id
        AND sample.sampled_at >= :since AND sample.sampled_at < :until AND sample.stored_on >= :first_day ::date
  )
  AND NOT EXISTS (
      SELECT FROM same_person AS own
      JOIN same_person AS other ON other.survivor_id = own.survivor_id
      JOIN sample ON sample.person_id = other.person_id
      WHERE held.subject_kind = 'person' AND own.person_id = held.person_id
        AND sample.sampled_at >= :since AND sample.sampled_at < :until AND sample.stored_on >= :first_day ::date
  )
  AND NOT EXISTS (
      SELECT FROM sample
      WHERE held.subject_kind = 'household' AND sample.object_id = held.resident_id::text
        AND sample.sampled_at >= :since AND sample.sampled_at < :until AND sample.stored_on >= :first_day ::date
  )
ORDER BY held.division, held.building, held.reference
LIMIT :most ::int;

-- name: missing_by_building
SELECT held.division, held.building, sum(held.people)::int AS people,
       sum(held.people) FILTER (WHERE came.person IS NULL)::int AS missing
FROM resident AS held
LEFT JOIN LATERAL (
    SELECT true AS person FROM sample
    WHERE sample.person_id = held.person_id AND held.subject_kind = 'person'
      AND sample.sampled_at >= :since AND sample.sampled_at < :until AND sample.stored_on >= :first_day ::date
    UNION ALL
    SELECT true FROM same_person AS own
    JOIN same_person AS other ON other.survivor_id = own.survivor_id
    JOIN sample ON sample.person_id = other.person_id
    WHERE own.person_id = held.person_id AND held.subject_kind = 'person'
      AND sample.sampled_at >= :since AND sample.sampled_at < :until AND sample.stored_on >= :first_day ::date
    UNION ALL
    SELECT true FROM sample
    WHERE sample.object_id = held.resident_id::text AND held.subject_kind = 'household'
      AND sample.sampled_at >= :since AND sample.sampled_at < :until AND sample.stored_on >= :first_day ::date
    LIMIT 1
) AS came ON true
WHERE held.division >= :low AND held.division < :high AND held.people > 0
  AND (held.division, held.building) > (:after_division ::text, :after_building ::text)
  AND (held.division, held.building) <= (
      SELECT division, building
      FROM (
          SELECT DISTINCT division, building FROM resident
          WHERE division >= :low AND division < :high AND people > 0
            AND (division, building) > (:after_division ::text, :after_building ::text)
          ORDER BY division, building
          LIMIT :most ::int
      ) AS next_ones
      ORDER BY division DESC, building DESC
      LIMIT 1
  )
GROUP BY held.division, held.building
ORDER BY held.division, held.building;

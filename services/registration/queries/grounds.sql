-- name: insert_grounds
-- Stores grounds that are new; those that are on record already come back absent, and so do those of nobody on record.
INSERT INTO management_ground (ground_id, person_id, division, kind, began_on, recorded_at, received_at)
SELECT row.ground_id, person.person_id, COALESCE(row.division, person.division), row.kind, row.began_on,
       row.recorded_at, :received_at ::timestamptz
FROM unnest(
    :ground_ids ::uuid[], :person_ids ::uuid[], :divisions ::text[], :kinds ::text[], :began_ons ::date[],
    :recorded_ats ::timestamptz[]
) AS row (ground_id, person_id, division, kind, began_on, recorded_at)
JOIN person USING (person_id)
ON CONFLICT (ground_id) DO NOTHING
RETURNING ground_id, person_id;

-- name: insert_grounds
-- Stores grounds that are new; those that are on record already come back absent.
INSERT INTO management_ground (ground_id, person_id, division, kind, began_on, recorded_at, received_at)
SELECT ground_id, person_id, division, kind, began_on, recorded_at, :received_at ::timestamptz
FROM unnest(
    :ground_ids ::uuid[], :person_ids ::uuid[], :divisions ::text[], :kinds ::text[], :began_ons ::date[],
    :recorded_ats ::timestamptz[]
) AS row (ground_id, person_id, division, kind, began_on, recorded_at)
ON CONFLICT (ground_id) DO NOTHING
RETURNING ground_id, person_id;

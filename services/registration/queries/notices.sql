-- name: insert_notice
INSERT INTO assistance_notice (
    notice_id, division, issuer, number, occurred_at, recorded_at, first_received_at, received_from
)
VALUES (:id, :division, :issuer, :number, :occurred_at, :recorded_at, :received_at, :received_from)
ON CONFLICT (notice_id) DO NOTHING
RETURNING notice_id;

-- name: insert_entries
-- Stores what was not named before; repetitions come back absent.
INSERT INTO notice_entry (
    entry_id, notice_id, kind, details_sealed, vehicle, lot_key, named_on, from_at, until_at, received_at
)
SELECT entry_id, :notice_id ::uuid, kind, details_sealed, vehicle, lot_key, named_on, from_at, until_at,
       :received_at ::timestamptz
FROM unnest(
    :entry_ids ::uuid[], :kinds ::text[], :details_sealed ::bytea[], :vehicles ::text[], :lot_keys ::text[],
    :named_ons ::date[], :from_ats ::timestamptz[], :until_ats ::timestamptz[]
) AS row (entry_id, kind, details_sealed, vehicle, lot_key, named_on, from_at, until_at)
ON CONFLICT (entry_id) DO NOTHING
RETURNING entry_id;

-- name: add_marks!
INSERT INTO notice_mark (entry_id, kind, mark)
SELECT entry_id, kind, mark
FROM unnest(:entry_ids ::uuid[], :kinds ::text[], :marks ::bytea[]) AS row (entry_id, kind, mark)
ON CONFLICT DO NOTHING;

-- name: entries_after
-- People who were named, in the order of ids, so that marks under a new key can be added.
SELECT entry_id, details_sealed
FROM notice_entry
WHERE kind = 'person' AND entry_id > :after ::uuid
ORDER BY entry_id
LIMIT :most;

-- name: reseal_entries!
UPDATE notice_entry AS entry
SET details_sealed = row.details_sealed
FROM unnest(:entry_ids ::uuid[], :details_sealed ::bytea[]) AS row (entry_id, details_sealed)
WHERE entry.entry_id = row.entry_id;

-- name: find_notice
SELECT notice_id, division, issuer, number, occurred_at, recorded_at, first_received_at,
       (SELECT count(*) FROM notice_entry AS e WHERE e.notice_id = notice.notice_id AND kind = 'person') AS people,
       (SELECT count(*) FROM notice_entry AS e WHERE e.notice_id = notice.notice_id AND kind = 'vehicle') AS vehicles,
       (SELECT count(*) FROM notice_entry AS e WHERE e.notice_id = notice.notice_id AND kind = 'goods') AS goods
FROM assistance_notice AS notice
WHERE notice_id = :id AND division >= :low AND division < :high;

-- name: list_notices
SELECT notice_id, division, issuer, number, occurred_at, recorded_at, first_received_at,
       (SELECT count(*) FROM notice_entry AS e WHERE e.notice_id = notice.notice_id AND kind = 'person') AS people,
       (SELECT count(*) FROM notice_entry AS e WHERE e.notice_id = notice.notice_id AND kind = 'vehicle') AS vehicles,
       (SELECT count(*) FROM notice_entry AS e WHERE e.notice_id = notice.notice_id AND kind = 'goods') AS goods
FROM assistance_notice AS notice
WHERE division >= :low AND division < :high
  AND (division, notice_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, notice_id
LIMIT :most;

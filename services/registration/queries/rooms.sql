-- name: lock_people
-- Nobody else assigns, moves or lets go these people at the same moment, under whichever of their records; asked
-- for in the order of ids.
SELECT pg_advisory_xact_lock(hashtextextended('stay of ' || person_id, 0))
FROM (SELECT DISTINCT person_id::text FROM records_of(:person_ids ::uuid[])) AS people
ORDER BY person_id;

-- name: open_stays
-- Where each stays now, under whichever of their records.
SELECT DISTINCT ON (same.asked)
       same.asked, stay.stay_id, stay.site, stay.room, stay.bed, stay.person_id, stay.party_id, stay.division,
       stay.began_at, stay.ended_at, stay.end_reason, site.division AS site_division
FROM records_of(:person_ids ::uuid[]) AS same
JOIN room_stay AS stay USING (person_id)
JOIN quarantine_site AS site ON site.code = stay.site
WHERE stay.ended_at IS NULL
ORDER BY same.asked, stay.person_id <> same.asked, stay.began_at DESC, stay.stay_id;

-- name: last_stays
-- The stay of each that began last, over or not, under whichever of their records.
SELECT DISTINCT ON (same.asked)
       same.asked, stay.stay_id, stay.site, stay.room, stay.bed, stay.person_id, stay.party_id, stay.division,
       stay.began_at, stay.ended_at, stay.end_reason, site.division AS site_division
FROM records_of(:person_ids ::uuid[]) AS same
JOIN room_stay AS stay USING (person_id)
JOIN quarantine_site AS site ON site.code = stay.site
ORDER BY same.asked, stay.ended_at IS NULL DESC, stay.began_at DESC, stay.stay_id;

-- name: count_stays
SELECT person_id, count(*) AS stays
FROM room_stay
WHERE person_id = ANY(:person_ids ::uuid[])
GROUP BY person_id;

-- name: offers
-- A room of nobody has all its beds free; only in the party's own rooms is there anything to look for.
SELECT room.site, site.division, room.room, room.corridor, room.position, room.party_id,
       CASE
           WHEN room.party_id IS NULL THEN ARRAY(SELECT generate_series(1, room.beds))
           ELSE ARRAY(
               SELECT number FROM generate_series(1, room.beds) AS number
               WHERE NOT EXISTS (
                   SELECT FROM room_stay AS stay
                   WHERE stay.site = room.site AND stay.room = room.room AND stay.bed = number
                     AND stay.ended_at IS NULL
               )
           )
       END AS free_beds
FROM quarantine_room AS room
JOIN quarantine_site AS site ON site.code = room.site
WHERE room.site = ANY(:codes ::text[]) AND room.state = 'ready'
  AND (room.party_id IS NULL OR room.party_id = :party_id ::uuid);

-- name: give_rooms!
UPDATE quarantine_room AS held
SET party_id = :party_id ::uuid
FROM unnest(:sites ::text[], :rooms ::text[]) AS row (site, room)
WHERE held.site = row.site AND held.room = row.room;

-- name: insert_stays!
INSERT INTO room_stay (stay_id, site, room, bed, person_id, party_id, division, began_at, received_at)
SELECT stay_id, site, room, bed, person_id, :party_id ::uuid, :division, :began_at ::timestamptz,
       :received_at ::timestamptz
FROM unnest(:stay_ids ::uuid[], :sites ::text[], :rooms ::text[], :beds ::integer[], :person_ids ::uuid[])
    AS row (stay_id, site, room, bed, person_id);

-- name: end_stays!
UPDATE room_stay
SET ended_at = greatest(began_at, :ended_at ::timestamptz), end_reason = :reason
WHERE stay_id = ANY(:stay_ids ::uuid[]) AND ended_at IS NULL;

-- name: free_rooms!
-- Rooms of these sites in which nobody stays any more.
UPDATE quarantine_room AS room
SET party_id = NULL
WHERE room.site = ANY(:codes ::text[]) AND room.party_id IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM room_stay AS stay
      WHERE stay.site = room.site AND stay.room = room.room AND stay.ended_at IS NULL
  );

-- name: disinfect_room!
UPDATE quarantine_room
SET state = 'disinfection', state_since = :now
WHERE site = :site AND room = :room AND state = 'ready';

-- name: ready_room
UPDATE quarantine_room
SET state = 'ready', state_since = :now
WHERE site = :site AND room = :room AND state = 'disinfection'
RETURNING room;

-- name: rooms_with_people
SELECT room.room, room.corridor, room.position, room.beds, room.state, room.state_since, room.party_id,
       ARRAY(
           SELECT stay.person_id FROM room_stay AS stay
           WHERE stay.site = room.site AND stay.room = room.room AND stay.ended_at IS NULL
           ORDER BY stay.bed
       ) AS person_ids
FROM quarantine_room AS room
WHERE room.site = :site AND room.state <> 'withdrawn'
ORDER BY room.corridor, room.position, room.room;

-- name: stays_in_site
-- Those of a site that were not over before `since`, with where the room lies.
SELECT stay.stay_id, stay.person_id, stay.party_id, stay.room, room.corridor, room.position,
       stay.began_at, stay.ended_at
FROM room_stay AS stay
JOIN quarantine_room AS room ON room.site = stay.site AND room.room = stay.room
WHERE stay.site = :site AND (stay.ended_at IS NULL OR stay.ended_at >= :since);

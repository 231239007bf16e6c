-- name: insert_site
-- Absent when there is one of that code already.
INSERT INTO quarantine_site (
    code, site_id, division, kind, state, call_up_order, document, first_received_at, changed_at
)
VALUES (
    :code ::text, :site_id ::uuid, :division ::text, :kind ::text, 'planned', :call_up_order ::integer,
    :document ::jsonb, :now ::timestamptz, :now
)
ON CONFLICT (code) DO NOTHING
RETURNING code;

-- name: update_site!
UPDATE quarantine_site
SET kind = :kind, call_up_order = :call_up_order, document = :document ::jsonb, changed_at = :now
WHERE code = :code;

-- name: lock_sites
-- In the order of codes, so that two transactions never wait for each other.
SELECT code, division, kind, state, call_up_order, document, opened_at, closed_at, called_up_at, state_reason
FROM quarantine_site
WHERE code = ANY(:codes ::text[])
ORDER BY code
FOR UPDATE;

-- name: lock_open_sites
SELECT code, division, kind, state, call_up_order, document, opened_at, closed_at, called_up_at, state_reason
FROM quarantine_site
WHERE state = 'open' AND kind <> 'temporary-rural' AND division >= :low AND division < :high
ORDER BY code
FOR UPDATE;

-- name: lock_sites_of_area
SELECT code, division, kind, state, call_up_order, document, opened_at, closed_at, called_up_at, state_reason
FROM quarantine_site
WHERE division >= :low AND division < :high
ORDER BY code
FOR UPDATE;

-- name: find_site
SELECT code, division, kind, state, call_up_order, document, opened_at, closed_at, called_up_at, state_reason
FROM quarantine_site
WHERE code = :code AND division >= :low AND division < :high;

-- name: list_sites
SELECT code, division, kind, state, call_up_order, document, opened_at, closed_at, called_up_at, state_reason
FROM quarantine_site AS site
WHERE division >= :low AND division < :high
  AND (division, site_id) > (:after_division ::text, :after_id ::uuid)
  AND (:kind ::text IS NULL OR kind = :kind)
  AND (
      :state ::text IS NULL
      OR :state = CASE
          WHEN state = 'open' AND NOT EXISTS (
              SELECT FROM quarantine_room AS room
              WHERE room.site = site.code AND room.state = 'ready' AND room.party_id IS NULL
          ) THEN 'full'
          ELSE state
      END
  )
ORDER BY division, site_id
LIMIT :most;

-- name: sites_of_area
SELECT code, division, kind, state, call_up_order, called_up_at IS NOT NULL AS called_up,
       (SELECT count(*) FROM quarantine_room AS room WHERE room.site = site.code AND room.state <> 'withdrawn') AS rooms
FROM quarantine_site AS site
WHERE division >= :low AND division < :high
ORDER BY code;

-- name: rooms_of_sites
SELECT site, room, corridor, position, beds
FROM quarantine_room
WHERE site = ANY(:codes ::text[]) AND state <> 'withdrawn'
ORDER BY site, corridor, position, room;

-- name: put_rooms!
-- A room that comes back is ready again; one that is being disinfected stays so.
INSERT INTO quarantine_room AS held (site, room, corridor, position, beds, state, state_since)
SELECT :site, room, corridor, position, beds, 'ready', :now ::timestamptz
FROM unnest(:rooms ::text[], :corridors ::text[], :positions ::integer[], :beds ::integer[])
    AS row (room, corridor, position, beds)
ON CONFLICT (site, room) DO UPDATE
SET corridor = excluded.corridor,
    position = excluded.position,
    beds = excluded.beds,
    state = CASE held.state WHEN 'withdrawn' THEN 'ready' ELSE held.state END,
    state_since = CASE held.state WHEN 'withdrawn' THEN excluded.state_since ELSE held.state_since END;

-- name: withdraw_rooms!
-- Rooms that are no longer stated; nobody may be in them.
UPDATE quarantine_room
SET state = 'withdrawn', state_since = :now
WHERE site = :site AND state <> 'withdrawn' AND room <> ALL(:rooms ::text[]);

-- name: put_beds!
INSERT INTO quarantine_bed (site, room, bed)
SELECT room.site, room.room, bed
FROM quarantine_room AS room, generate_series(1, room.beds) AS bed
WHERE room.site = :site AND room.state <> 'withdrawn'
ON CONFLICT DO NOTHING;

-- name: drop_beds!
DELETE FROM quarantine_bed AS bed
USING quarantine_room AS room
WHERE bed.site = :site AND room.site = bed.site AND room.room = bed.room
  AND (bed.bed > room.beds OR room.state = 'withdrawn');

-- name: beds_in_use
-- For each room that somebody has, the highest bed that is taken.
SELECT room, max(bed) AS bed
FROM room_stay
WHERE site = :site AND ended_at IS NULL
GROUP BY room;

-- name: open_site!
UPDATE quarantine_site
SET state = 'open', opened_at = :opened_at ::timestamptz, closed_at = NULL, state_reason = :reason,
    rounds = 0, next_round_at = :next_round_at, changed_at = :now
WHERE code = :code;

-- name: close_site!
UPDATE quarantine_site
SET state = 'closed', closed_at = :closed_at ::timestamptz, called_up_at = NULL, state_reason = :reason,
    next_round_at = NULL, changed_at = :now
WHERE code = :code;

-- name: call_up!
UPDATE quarantine_site
SET called_up_at = :now, changed_at = :now
WHERE code = ANY(:codes ::text[]) AND called_up_at IS NULL;

-- name: occupancy_of_sites
SELECT site.code, coalesce(rooms.rooms, 0) AS rooms, coalesce(rooms.beds, 0) AS beds,
       coalesce(rooms.taken, 0) AS rooms_taken, coalesce(rooms.free, 0) AS rooms_free,
       coalesce(rooms.disinfection, 0) AS rooms_in_disinfection, coalesce(stays.people, 0) AS people
FROM quarantine_site AS site
LEFT JOIN LATERAL (
    SELECT count(*) AS rooms, sum(beds) AS beds,
           count(*) FILTER (WHERE party_id IS NOT NULL) AS taken,
           count(*) FILTER (WHERE party_id IS NULL AND state = 'ready') AS free,
           count(*) FILTER (WHERE state = 'disinfection') AS disinfection
    FROM quarantine_room
    WHERE quarantine_room.site = site.code AND state <> 'withdrawn'
) AS rooms ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS people FROM room_stay WHERE room_stay.site = site.code AND ended_at IS NULL
) AS stays ON true
WHERE site.code = ANY(:codes ::text[]);

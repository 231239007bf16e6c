-- name: find_people
SELECT id, key, name, division, language, working,
       ARRAY(SELECT kind FROM duty_channel WHERE person_id = duty_person.id ORDER BY position) AS channel_kinds
FROM duty_person
WHERE key = ANY(:keys ::text[]);

-- name: list_people
SELECT id, key, name, division, language, working,
       ARRAY(SELECT kind FROM duty_channel WHERE person_id = duty_person.id ORDER BY position) AS channel_kinds
FROM duty_person
WHERE division >= :low AND division < :high AND (:after ::text IS NULL OR key > :after)
ORDER BY key
LIMIT :most ::int;

-- name: save_person!
INSERT INTO duty_person (id, key, name, division, language, working, recorded_at)
VALUES (:id, :key, :person_name, :division, :language, :working, :now)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name,
    division = excluded.division,
    language = excluded.language,
    working = excluded.working,
    recorded_at = excluded.recorded_at;

-- name: drop_channels!
DELETE FROM duty_channel WHERE person_id = :person_id;

-- name: insert_channels!
INSERT INTO duty_channel (person_id, position, kind, gateway, text_limit, sealed)
SELECT :person_id, position, kind, gateway, text_limit, sealed
FROM unnest(
    :positions ::smallint[], :kinds ::text[], :gateways ::bytea[], :text_limits ::smallint[], :sealeds ::bytea[]
) AS row (position, kind, gateway, text_limit, sealed);

-- name: channels_of_person
SELECT position, kind, gateway, text_limit, sealed FROM duty_channel WHERE person_id = :person_id ORDER BY position;

-- name: all_channels
-- For a rotation of the sealing keys: those after a place, in order.
SELECT person_id, position, sealed
FROM duty_channel
WHERE (person_id, position) > (:after_person ::uuid, :after_position ::smallint)
ORDER BY person_id, position
LIMIT :most ::int
FOR UPDATE;

-- name: reseal_channel!
UPDATE duty_channel SET gateway = :gateway, sealed = :sealed WHERE person_id = :person_id AND position = :position;

-- name: save_shift
INSERT INTO duty_shift (id, post, division, person_id, from_at, until_at, recorded_at)
VALUES (:id, :post, :division, :person_id, :from_at, :until_at, :now)
ON CONFLICT (id) DO UPDATE SET until_at = excluded.until_at, recorded_at = excluded.recorded_at
WHERE duty_shift.until_at <> excluded.until_at
RETURNING id;

-- name: find_shift
SELECT s.id, s.post, s.division, s.from_at, s.until_at, p.key AS person_key
FROM duty_shift s
JOIN duty_person p ON p.id = s.person_id
WHERE s.id = :id;

-- name: drop_shift!
DELETE FROM duty_shift WHERE id = :id;

-- name: list_shifts
SELECT s.id, s.post, s.division, s.from_at, s.until_at, p.key AS person_key
FROM duty_shift s
JOIN duty_person p ON p.id = s.person_id
WHERE s.division >= :low AND s.division < :high AND s.until_at > :from_at AND s.from_at < :until_at
  AND (:post ::text IS NULL OR s.post = :post)
  AND (:after_at ::timestamptz IS NULL OR (s.from_at, s.id) > (:after_at, :after_id ::uuid))
ORDER BY s.from_at, s.id
LIMIT :most ::int;

-- name: shifts_between
-- Every shift in the given divisions that touches the span, with its person.
SELECT s.post, s.division, s.from_at, s.until_at, p.id, p.key, p.name, p.language, p.working,
       ARRAY(SELECT kind FROM duty_channel WHERE person_id = p.id ORDER BY position) AS channel_kinds
FROM duty_shift s
JOIN duty_person p ON p.id = s.person_id
WHERE s.division = ANY(:divisions ::text[]) AND s.until_at > :from_at AND s.from_at < :until_at;

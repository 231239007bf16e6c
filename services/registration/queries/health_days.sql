-- name: unfinished_round
-- The oldest day that is being opened; one that another process works at is passed over.
SELECT day, after_person
FROM health_round
WHERE finished_at IS NULL
ORDER BY day
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: last_round
SELECT max(day) FROM health_round;

-- name: begin_round
INSERT INTO health_round (day, begun_at, after_person, people)
VALUES (:day, :begun_at, '00000000-0000-0000-0000-000000000000', 0)
ON CONFLICT (day) DO NOTHING
RETURNING day;

-- name: move_round!
UPDATE health_round
SET after_person = :after_person, people = people + :people ::int, finished_at = :finished_at
WHERE day = :day;

-- name: under_management
-- Those who came under management before an instant and are in one of the stages, and the people of key places
-- of the policy's kinds who were put on their lists before it and are there on the day; in the order of ids, each
-- once, whoever they were merged into. Who is both owes the report by the plan.
WITH RECURSIVE listed AS (
    SELECT listed.person_id, place.division, place.code
    FROM place_person AS listed JOIN place USING (place_id)
    WHERE listed.since <= :day ::date AND (listed.left_on IS NULL OR listed.left_on > :day)
      AND listed.changed_at < :before ::timestamptz
      AND (
          (listed.role = 'staff' AND place.kind = ANY(:staff_kinds ::text[]))
          OR (listed.role = 'member' AND place.kind = ANY(:member_kinds ::text[]))
      )
),
way AS (
    SELECT person.person_id, person.merged_into, listed.division, listed.code
    FROM listed JOIN person USING (person_id)
    UNION ALL
    SELECT person.person_id, person.merged_into, way.division, way.code
    FROM way JOIN person ON person.person_id = way.merged_into
),
owing AS (
    SELECT person_id, stage_division AS division, NULL AS place
    FROM plan
    WHERE state = 'open' AND stage_kind = ANY(:stages ::text[]) AND decided_at < :before
      AND person_id > :after_person ::uuid
    UNION ALL
    SELECT person_id, division, code FROM way WHERE merged_into IS NULL AND person_id > :after_person
)
SELECT DISTINCT ON (person_id) person_id, division, place
FROM owing
ORDER BY person_id, place NULLS FIRST
LIMIT :most ::int;

-- name: open_days
-- Returns the days that were not open before; a report may have come already.
INSERT INTO health_day (person_id, day, division, opened_at, opened_late, place)
SELECT person_id, :day ::date, division, :opened_at ::timestamptz, :opened_late ::boolean, place
FROM unnest(:person_ids ::uuid[], :divisions ::text[], :places ::text[]) AS row (person_id, division, place)
ORDER BY person_id
ON CONFLICT (person_id, day) DO UPDATE SET
    division = excluded.division, opened_at = excluded.opened_at, opened_late = excluded.opened_late,
    place = excluded.place
WHERE health_day.opened_at IS NULL
RETURNING person_id, day, division, opened_at, opened_late, reported_at, followed_up_at, outcome, excused_at, place;

-- name: report_days
-- Returns the days whose first, or an earlier, report this was.
INSERT INTO health_day (person_id, day, division, reported_at)
SELECT person_id, day, division, reported_at
FROM unnest(:person_ids ::uuid[], :days ::date[], :divisions ::text[], :reported_ats ::timestamptz[])
    AS row (person_id, day, division, reported_at)
ORDER BY person_id, day
ON CONFLICT (person_id, day) DO UPDATE SET reported_at = excluded.reported_at
WHERE health_day.reported_at IS NULL OR health_day.reported_at > excluded.reported_at
RETURNING person_id, day, division, opened_at, opened_late, reported_at, followed_up_at, outcome, excused_at, place;

-- name: excuse_days
-- Returns the days that are not owed any more, from the day on which management ended.
UPDATE health_day AS held
SET excused_at = :excused_at ::timestamptz
FROM unnest(:person_ids ::uuid[], :from_days ::date[]) AS row (person_id, from_day)
WHERE held.person_id = row.person_id AND held.day >= row.from_day
  AND (:any ::boolean OR held.place IS NOT DISTINCT FROM :place ::text)
  AND held.opened_at IS NOT NULL AND held.reported_at IS NULL AND held.followed_up_at IS NULL
  AND held.excused_at IS NULL
RETURNING held.person_id, held.day, held.division, held.opened_at, held.opened_late, held.reported_at,
          held.followed_up_at, held.outcome, held.excused_at, held.place;

-- name: lock_owed_days
-- The days of people for which a report is owed and nothing has come.
SELECT person_id, day, division, opened_at, opened_late, reported_at, followed_up_at, outcome, excused_at, place
FROM health_day
WHERE person_id = ANY(:person_ids ::uuid[])
  AND opened_at IS NOT NULL AND reported_at IS NULL AND followed_up_at IS NULL AND excused_at IS NULL
ORDER BY person_id, day
FOR UPDATE;

-- name: reported_days_of
-- The days that people reported.
SELECT person_id, day, division, opened_at, opened_late, reported_at, followed_up_at, outcome, excused_at, place
FROM health_day
WHERE (person_id, day) IN (SELECT * FROM unnest(:person_ids ::uuid[], :days ::date[]))
  AND reported_at IS NOT NULL
ORDER BY person_id, day;

-- name: lock_day
SELECT person_id, day, division, opened_at, opened_late, reported_at, followed_up_at, outcome, excused_at, place
FROM health_day
WHERE person_id = :person_id AND day = :day
FOR UPDATE;

-- name: follow_up_day!
UPDATE health_day
SET followed_up_at = :followed_up_at, outcome = :outcome
WHERE person_id = :person_id AND day = :day;

-- name: list_missed
SELECT person_id, day, division, opened_at, opened_late, reported_at, followed_up_at, outcome, excused_at, place
FROM health_day
WHERE day = :day AND opened_at IS NOT NULL AND reported_at IS NULL AND followed_up_at IS NULL AND excused_at IS NULL
  AND division >= :low AND division < :high
  AND (division, person_id) > (:after_division ::text, :after_id ::uuid)
  AND (:place ::text IS NULL OR place = :place)
  AND (:staff_id ::uuid IS NULL OR EXISTS (
      SELECT FROM charge
      WHERE charge.person_id = health_day.person_id AND charge.staff_id = :staff_id AND charge.ended_at IS NULL
  ))
ORDER BY division, person_id
LIMIT :most ::int;

-- name: count_missed
SELECT count(*)
FROM health_day
WHERE day = :day AND opened_at IS NOT NULL AND reported_at IS NULL AND followed_up_at IS NULL AND excused_at IS NULL;

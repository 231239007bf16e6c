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
-- Those who came under management before an instant and are in one of the stages, in the order of ids.
SELECT person_id, stage_division
FROM plan
WHERE state = 'open' AND stage_kind = ANY(:stages ::text[]) AND decided_at < :before
  AND person_id > :after_person ::uuid
ORDER BY person_id
LIMIT :most ::int;

-- name: open_days
-- Returns the days that were not open before; a report may have come already.
INSERT INTO health_day (person_id, day, division, opened_at, opened_late)
SELECT person_id, :day ::date, division, :opened_at ::timestamptz, :opened_late ::boolean
FROM unnest(:person_ids ::uuid[], :divisions ::text[]) AS row (person_id, division)
ORDER BY person_id
ON CONFLICT (person_id, day) DO UPDATE SET
    division = excluded.division, opened_at = excluded.opened_at, opened_late = excluded.opened_late
WHERE health_day.opened_at IS NULL
RETURNING person_id, day, division, opened_at, opened_late, reported_at, followed_up_at, outcome, excused_at;

-- name: report_days
-- Returns the days whose first, or an earlier, report this was.
INSERT INTO health_day (person_id, day, division, reported_at)
SELECT person_id, day, division, reported_at
FROM unnest(:person_ids ::uuid[], :days ::date[], :divisions ::text[], :reported_ats ::timestamptz[])
    AS row (person_id, day, division, reported_at)
ORDER BY person_id, day
ON CONFLICT (person_id, day) DO UPDATE SET reported_at = excluded.reported_at
WHERE health_day.reported_at IS NULL OR health_day.reported_at > excluded.reported_at
RETURNING person_id, day, division, opened_at, opened_late, reported_at, followed_up_at, outcome, excused_at;

-- name: excuse_days
-- Returns the days that are not owed any more, from the day on which management ended.
UPDATE health_day AS held
SET excused_at = :excused_at ::timestamptz
FROM unnest(:person_ids ::uuid[], :from_days ::date[]) AS row (person_id, from_day)
WHERE held.person_id = row.person_id AND held.day >= row.from_day
  AND held.opened_at IS NOT NULL AND held.reported_at IS NULL AND held.followed_up_at IS NULL
  AND held.excused_at IS NULL
RETURNING held.person_id, held.day, held.division, held.opened_at, held.opened_late, held.reported_at,
          held.followed_up_at, held.outcome, held.excused_at;

-- name: lock_owed_days
-- The days of people for which a report is owed and nothing has come.
SELECT person_id, day, division, opened_at, opened_late, reported_at, followed_up_at, outcome, excused_at
FROM health_day
WHERE person_id = ANY(:person_ids ::uuid[])
  AND opened_at IS NOT NULL AND reported_at IS NULL AND followed_up_at IS NULL AND excused_at IS NULL
ORDER BY person_id, day
FOR UPDATE;

-- name: reported_days_of
-- The days that people reported.
SELECT person_id, day, division, opened_at, opened_late, reported_at, followed_up_at, outcome, excused_at
FROM health_day
WHERE (person_id, day) IN (SELECT * FROM unnest(:person_ids ::uuid[], :days ::date[]))
  AND reported_at IS NOT NULL
ORDER BY person_id, day;

-- name: lock_day
SELECT person_id, day, division, opened_at, opened_late, reported_at, followed_up_at, outcome, excused_at
FROM health_day
WHERE person_id = :person_id AND day = :day
FOR UPDATE;

-- name: follow_up_day!
UPDATE health_day
SET followed_up_at = :followed_up_at, outcome = :outcome
WHERE person_id = :person_id AND day = :day;

-- name: list_missed
SELECT person_id, day, division, opened_at, opened_late, reported_at, followed_up_at, outcome, excused_at
FROM health_day
WHERE day = :day AND opened_at IS NOT NULL AND reported_at IS NULL AND followed_up_at IS NULL AND excused_at IS NULL
  AND division >= :low AND division < :high
  AND (division, person_id) > (:after_division ::text, :after_id ::uuid)
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

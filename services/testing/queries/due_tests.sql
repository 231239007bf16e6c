-- name: divisions_of_tests
SELECT due_id, division FROM due_test WHERE due_id = ANY(:due_ids ::uuid[]);

-- name: ask_tests
-- Stores what is asked for, or asked for anew after it was dropped; returns what is new or has changed.
INSERT INTO due_test AS held
    (due_id, source, division, told_at, series, category, kind, subject_kind, subject_id, place, reference,
     wanted, at_once, from_on, due_on, until_on, received_at)
SELECT due_id, source, division, told_at, series, category, kind, subject_kind, subject_id, place, reference,
       wanted, at_once, from_on, due_on, until_on, :received_at ::timestamptz
FROM unnest(
    :due_ids ::uuid[], :sources ::text[], :divisions ::text[], :told_ats ::timestamptz[], :series ::uuid[],
    :categories ::text[], :kinds ::text[], :subject_kinds ::text[], :subject_ids ::uuid[], :places ::text[],
    :references ::text[], :wanted ::int[], :at_once ::boolean[], :from_ons ::date[], :due_ons ::date[],
    :until_ons ::date[]
) AS row (due_id, source, division, told_at, series, category, kind, subject_kind, subject_id, place,
          reference, wanted, at_once, from_on, due_on, until_on)
ORDER BY due_id
ON CONFLICT (due_id) DO UPDATE SET
    division = excluded.division, told_at = excluded.told_at, series = excluded.series,
    category = excluded.category, kind = excluded.kind, subject_kind = excluded.subject_kind,
    subject_id = excluded.subject_id, place = excluded.place, reference = excluded.reference,
    wanted = excluded.wanted, at_once = excluded.at_once, from_on = excluded.from_on,
    due_on = excluded.due_on, until_on = excluded.until_on
WHERE held.told_at IS NULL OR held.told_at < excluded.told_at
RETURNING due_id, stands;

-- name: drop_tests
-- Takes tests back, also before they are there; what had settled one is free for others of its series.
INSERT INTO due_test AS held (due_id, source, division, dropped_at, received_at)
SELECT due_id, source, division, dropped_at, :received_at ::timestamptz
FROM unnest(:due_ids ::uuid[], :sources ::text[], :divisions ::text[], :dropped_ats ::timestamptz[])
    AS row (due_id, source, division, dropped_at)
ORDER BY due_id
ON CONFLICT (due_id) DO UPDATE SET
    dropped_at = excluded.dropped_at,
    double_of = CASE WHEN excluded.dropped_at >= held.told_at THEN NULL ELSE held.double_of END,
    done = CASE WHEN excluded.dropped_at >= held.told_at THEN 0 ELSE held.done END,
    settled_at = CASE WHEN excluded.dropped_at >= held.told_at THEN NULL ELSE held.settled_at END,
    settled_on = CASE WHEN excluded.dropped_at >= held.told_at THEN NULL ELSE held.settled_on END,
    sample_id = CASE WHEN excluded.dropped_at >= held.told_at THEN NULL ELSE held.sample_id END
WHERE held.dropped_at IS NULL OR held.dropped_at < excluded.dropped_at
RETURNING due_id, division, at_once, dropped_at,
          (coalesce(old.stands, false) OR old.double_of IS NOT NULL) AND NOT new.stands AND new.double_of IS NULL
              AND new.opened_at IS NOT NULL AND old.settled_at IS NULL AS was_open;

-- name: lock_series
-- A series is dropped and asked for one after the other: which came first must not matter.
SELECT pg_advisory_xact_lock(hashtextextended('due series ' || series, 0))
FROM (SELECT DISTINCT one::text AS series FROM unnest(:series ::uuid[]) AS row (one) ORDER BY 1) AS locks;

-- name: dropped_series
SELECT series, dropped_at FROM dropped_series WHERE series = ANY(:series ::uuid[]);

-- name: drop_series!
INSERT INTO dropped_series AS held (series, dropped_at)
VALUES (:series, :dropped_at)
ON CONFLICT (series) DO UPDATE SET dropped_at = greatest(held.dropped_at, excluded.dropped_at);

-- name: tests_of_series
SELECT due_id, source, division FROM due_test WHERE series = :series AND (stands OR double_of IS NOT NULL);

-- name: mark_opened!
UPDATE due_test SET opened_at = :now ::timestamptz
WHERE due_id = ANY(:due_ids ::uuid[]) AND opened_at IS NULL;

-- name: claim_due_days
-- Tests of their own clock whose last day has begun and that are open; each goes to one process.
UPDATE due_test SET opened_at = :now ::timestamptz
WHERE due_id = ANY(ARRAY(
    SELECT due_id FROM due_test
    WHERE stands AND settled_at IS NULL AND opened_at IS NULL
      AND due_on <= :today ::date AND source IN ('plan', 'departure', 'ordered', 'lot')
      AND NOT EXISTS (SELECT FROM due_look AS look WHERE look.due_id = due_test.due_id)
    ORDER BY due_on, due_id
    LIMIT :most ::int
    FOR UPDATE SKIP LOCKED
)) AND stands AND settled_at IS NULL AND opened_at IS NULL
RETURNING due_id, source, division, category, subject_kind, due_on;

-- name: looks
-- Tests that must be held against samples, with the mark that a transaction must be older than to have missed
-- them.
SELECT look_id, due_id, subject_id, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS horizon
FROM due_look
ORDER BY look_id
LIMIT :most ::int;

-- name: has_passed
-- Whether every transaction that had begun at the mark has ended.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= :horizon ::bigint;

-- name: forget_looks!
DELETE FROM due_look WHERE look_id = ANY(:look_ids ::bigint[]);

-- name: lock_due_test
-- A test that was asked for, and since when it is dropped; so that it is dropped once.
SELECT source, division, CASE WHEN stands OR double_of IS NOT NULL THEN NULL ELSE dropped_at END AS dropped_at
FROM due_test
WHERE due_id = :due_id AND told_at IS NOT NULL AND division >= :low AND division < :high
FOR UPDATE;

-- name: append_drop!
INSERT INTO due_drop (due_id, dropped_at, reason, received_from)
VALUES (:due_id, :dropped_at, :reason, :received_from);

-- name: find_due_test
SELECT test.due_id, test.source, test.division, test.category, test.kind, test.subject_kind, test.subject_id,
       test.place, test.reference, test.wanted, test.done, test.at_once, test.from_on, test.due_on,
       test.until_on, test.settled_at, test.sample_id, point.point, member.code
FROM due_test AS test
LEFT JOIN point_of_division AS point ON point.division = test.division
LEFT JOIN category_member AS member
  ON member.kind = test.kind AND member.division = test.division AND member.subject_id = test.subject_id
WHERE test.due_id = :due_id AND test.stands AND test.division >= :low AND test.division < :high;

-- name: due_list
-- What is due on a day: what is open and in its window, and what was done on that day or later.
WITH listed AS (
    (SELECT * FROM due_test
     WHERE stands AND settled_at IS NULL
       AND division >= :low AND division < :high
       AND (division, due_id) > (:after_division ::text, :after_id ::uuid)
       AND from_on <= :day ::date AND (until_on IS NULL OR until_on >= :day ::date)
     ORDER BY division, due_id
     LIMIT :most ::int)
    UNION ALL
    (SELECT * FROM due_test
     WHERE stands AND settled_on >= :day ::date
       AND division >= :low AND division < :high
       AND (division, due_id) > (:after_division ::text, :after_id ::uuid)
       AND from_on <= :day ::date AND (until_on IS NULL OR until_on >= :day ::date)
     ORDER BY division, due_id
     LIMIT :most ::int)
)
SELECT test.due_id, test.source, test.division, test.category, test.kind, test.subject_kind, test.subject_id,
       test.place, test.reference, test.wanted, test.done, test.at_once, test.from_on, test.due_on,
       test.until_on, test.settled_at, test.sample_id, point.point, member.code
FROM (SELECT * FROM listed ORDER BY division, due_id LIMIT :most ::int) AS test
LEFT JOIN point_of_division AS point ON point.division = test.division
LEFT JOIN category_member AS member
  ON member.kind = test.kind AND member.division = test.division AND member.subject_id = test.subject_id
ORDER BY test.division, test.due_id;

-- name: due_list_of_point
-- The same for the divisions that go to one point.
SELECT test.due_id, test.source, test.division, test.category, test.kind, test.subject_kind, test.subject_id,
       test.place, test.reference, test.wanted, test.done, test.at_once, test.from_on, test.due_on,
       test.until_on, test.settled_at, test.sample_id, point.point, member.code
FROM point_of_division AS point
JOIN due_test AS test ON test.division = point.division AND test.stands
  AND (test.settled_on IS NULL OR test.settled_on >= :day ::date)
LEFT JOIN category_member AS member
  ON member.kind = test.kind AND member.division = test.division AND member.subject_id = test.subject_id
WHERE point.point = :point
  AND test.division >= :low AND test.division < :high
  AND (test.division, test.due_id) > (:after_division ::text, :after_id ::uuid)
  AND test.from_on <= :day ::date AND (test.until_on IS NULL OR test.until_on >= :day ::date)
ORDER BY test.division, test.due_id
LIMIT :most ::int;

-- name: due_summary
-- How long each point's list of a day is.
SELECT point.point, test.category, sum(test.wanted)::bigint AS due, sum(test.done)::bigint AS done,
       coalesce(sum(test.wanted - test.done) FILTER (WHERE test.due_on < :day ::date), 0)::bigint AS overdue
FROM due_test AS test
LEFT JOIN point_of_division AS point ON point.division = test.division
WHERE test.stands AND (test.settled_on IS NULL OR test.settled_on >= :day ::date)
  AND test.division >= :low AND test.division < :high
  AND test.from_on <= :day ::date AND (test.until_on IS NULL OR test.until_on >= :day ::date)
GROUP BY point.point, test.category
ORDER BY point.point NULLS LAST, test.category;

-- name: take_due_figures
SELECT coalesce(sum(wanted - done), 0)::bigint AS open,
       coalesce(sum(wanted - done) FILTER (WHERE due_on < :today ::date), 0)::bigint AS overdue,
       coalesce(sum(wanted - done) FILTER (WHERE at_once), 0)::bigint AS at_once
FROM due_test
WHERE stands AND settled_at IS NULL AND from_on <= :today ::date
  AND (until_on IS NULL OR until_on >= :today ::date);

-- name: concerned_by
-- Who is on record in the same unit or household as the person whose sample this is, by its row or its tube.
WITH whose AS (
    SELECT person_id FROM sample_result
    WHERE sample_id = :sample_id AND revision = 1 AND person_id IS NOT NULL
    UNION
    SELECT sample.person_id
    FROM sample_result AS result
    JOIN tube ON tube.code = result.tube_code AND tube.result_sample_id = result.sample_id AND tube.size = 1
    JOIN sample ON sample.tube_id = tube.tube_id
    WHERE result.sample_id = :sample_id AND result.revision = 1 AND sample.person_id IS NOT NULL
), same AS (
    SELECT person_id FROM whose
    UNION
    SELECT other.person_id
    FROM whose
    JOIN same_person AS own ON own.person_id = whose.person_id
    JOIN same_person AS other ON other.survivor_id = own.survivor_id
)
SELECT DISTINCT other.subject_id, other.division
FROM same
JOIN category_member AS own ON own.subject_id = same.person_id AND own.unit IS NOT NULL
JOIN category_member AS other ON other.unit = own.unit AND other.division = own.division
WHERE other.subject_kind = 'person' AND other.subject_id NOT IN (SELECT person_id FROM same)
  AND (other.until_on IS NULL OR other.until_on >= :day ::date)
ORDER BY other.subject_id;

-- name: standing_tests
SELECT due_id FROM due_test WHERE due_id = ANY(:due_ids ::uuid[]) AND (stands OR double_of IS NOT NULL);

-- name: doubled_subjects
-- Whose tests are doubles of these.
SELECT DISTINCT subject_id FROM due_test WHERE double_of = ANY(:due_ids ::uuid[]);

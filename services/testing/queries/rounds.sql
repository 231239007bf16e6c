-- name: begin_periods
-- Begins periods of kinds that have not begun yet.
INSERT INTO due_period (kind, first_on, last_on, begun_at)
SELECT kind, first_on, last_on, :now ::timestamptz
FROM unnest(:kinds ::text[], :first_ons ::date[], :last_ons ::date[]) AS row (kind, first_on, last_on)
ORDER BY kind, first_on
ON CONFLICT (kind, first_on) DO NOTHING
RETURNING kind;

-- name: last_periods
SELECT kind, max(last_on) AS last_on FROM due_period GROUP BY kind;

-- name: unfinished_period
-- The oldest period that is being opened; one that another process works at is passed over.
SELECT kind, first_on, last_on, after_division
FROM due_period
WHERE finished_at IS NULL
ORDER BY first_on, kind
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: move_period!
UPDATE due_period
SET after_division = :after_division, units = units + :units ::int, finished_at = :finished_at
WHERE kind = :kind AND first_on = :first_on;

-- name: units_of_kind
-- Units in order whose base number of a kind is known, or some of whose members are.
SELECT division FROM base_number
WHERE kind = :kind AND division > :after_division ::text
ORDER BY division
LIMIT :most ::int;

-- name: open_rounds!
-- A round for each unit; its id follows from unit, category and last day.
INSERT INTO due_round (round_id, division, category, due_on)
SELECT md5(concat_ws('/', 'round', division, :category ::text, :last_on ::date))::uuid,
       division, :category ::text, :last_on ::date
FROM unnest(:divisions ::text[]) AS row (division)
ORDER BY 1
ON CONFLICT (round_id) DO NOTHING;

-- name: open_named_tests!
-- A due test for each member by name; one that was dropped stands again.
INSERT INTO due_test AS held
    (due_id, source, division, told_at, series, category, kind, subject_kind, subject_id, place, from_on, due_on,
     until_on, received_at)
SELECT md5(concat_ws('/', 'named', member.kind, member.division, member.subject_id, :last_on ::date))::uuid,
       'category', member.division, :now ::timestamptz,
       md5(concat_ws('/', 'round', member.division, :category ::text, :last_on ::date))::uuid,
       :category ::text, member.kind, member.subject_kind, member.subject_id, NULL, :first_on ::date,
       :last_on ::date, :last_on ::date, :now ::timestamptz
FROM category_member AS member
WHERE member.kind = :kind AND member.division = ANY(:divisions ::text[])
  AND (member.until_on IS NULL OR member.until_on >= :last_on ::date)
ORDER BY 1
ON CONFLICT (due_id) DO UPDATE SET told_at = excluded.told_at
WHERE NOT held.stands AND held.double_of IS NULL;

-- name: open_lines!
-- A line for the rest of each unit's base number, without names; a number that changed is written.
INSERT INTO due_test AS held
    (due_id, source, division, told_at, dropped_at, series, category, kind, subject_kind, wanted, from_on, due_on,
     until_on, received_at)
SELECT md5(concat_ws('/', 'line', base.kind, base.division, :last_on ::date))::uuid,
       'category', base.division, :now ::timestamptz,
       CASE WHEN base.count <= known.members THEN :now ::timestamptz END,
       md5(concat_ws('/', 'round', base.division, :category ::text, :last_on ::date))::uuid,
       :category ::text, base.kind, :subject_kind ::text, greatest(base.count - known.members, 0),
       :first_on ::date, :last_on ::date, :last_on ::date, :now ::timestamptz
FROM base_number AS base
CROSS JOIN LATERAL (
    SELECT count(*)::int AS members FROM category_member AS member
    WHERE member.kind = base.kind AND member.division = base.division
      AND (member.until_on IS NULL OR member.until_on >= :last_on ::date)
) AS known
WHERE base.kind = :kind AND base.division = ANY(:divisions ::text[])
  AND (base.count > known.members OR EXISTS (
      SELECT FROM due_test AS line
      WHERE line.due_id = md5(concat_ws('/', 'line', base.kind, base.division, :last_on ::date))::uuid
  ))
ORDER BY 1
ON CONFLICT (due_id) DO UPDATE SET
    wanted = excluded.wanted, told_at = excluded.told_at, dropped_at = excluded.dropped_at,
    done = least(held.done, excluded.wanted)
WHERE held.wanted <> excluded.wanted;

-- name: members_of_day
-- The due tests of members in the period, to be dropped when they are members no more.
SELECT due_id, division
FROM due_test
WHERE due_id = ANY(ARRAY(
    SELECT md5(concat_ws('/', 'named', :kind ::text, row.division, row.subject_id, :last_on ::date))::uuid
    FROM unnest(:divisions ::text[], :subject_ids ::uuid[]) AS row (division, subject_id)
)) AND (stands OR double_of IS NOT NULL) AND settled_at IS NULL;

-- name: keep_rounds!
INSERT INTO due_round (round_id, division, category, place, due_on)
SELECT round_id, division, category, place, due_on
FROM unnest(
    :round_ids ::uuid[], :divisions ::text[], :categories ::text[], :places ::text[], :due_ons ::date[]
) AS row (round_id, division, category, place, due_on)
ORDER BY round_id
ON CONFLICT (round_id) DO NOTHING;

-- name: claim_rounds
-- Rounds whose last day has begun; each goes to one process, and nobody completes it meanwhile.
SELECT round_id, division, category, place, due_on
FROM due_round
WHERE opened_at IS NULL AND due_on <= :today ::date
ORDER BY due_on, round_id
LIMIT :most ::int
FOR UPDATE SKIP LOCKED;

-- name: sums_of_rounds
SELECT series AS round_id, sum(wanted)::int AS due, sum(done)::int AS done
FROM due_test
WHERE series = ANY(:round_ids ::uuid[]) AND stands
GROUP BY series;

-- name: mark_rounds_opened!
UPDATE due_round AS round
SET opened_at = :now ::timestamptz, is_told = row.is_told
FROM unnest(:round_ids ::uuid[], :told ::boolean[]) AS row (round_id, is_told)
WHERE round.round_id = row.round_id;

-- name: lock_rounds
SELECT round_id
FROM due_round
WHERE round_id = ANY(:round_ids ::uuid[]) AND done_at IS NULL
ORDER BY round_id
FOR UPDATE;

-- name: complete_rounds
-- Rounds whose clock runs and of which nothing is open any more; a double is done with the test that it doubles.
UPDATE due_round AS round
SET done_at = sums.last_sampled_at
FROM (
    SELECT series, max(settled_at) AS last_sampled_at, sum(wanted)::int AS due
    FROM due_test
    WHERE series = ANY(:round_ids ::uuid[]) AND (stands OR double_of IS NOT NULL)
    GROUP BY series
    HAVING bool_and(settled_at IS NOT NULL)
) AS sums
WHERE round.round_id = sums.series AND round.is_told AND round.done_at IS NULL
RETURNING round.round_id, round.division, round.category, round.due_on, sums.due, sums.last_sampled_at;

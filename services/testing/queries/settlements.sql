-- name: keep_samples
-- Keeps each swab once; what is told of it later is joined to what is known. Returns those that changed.
INSERT INTO taken_sample AS held
    (subject_id, sampled_at, sample_id, division, category, place, due_id, revision, stands)
SELECT subject_id, sampled_at, sample_id, division, category, place, due_id, revision, stands
FROM unnest(
    :subject_ids ::uuid[], :sampled_ats ::timestamptz[], :sample_ids ::uuid[], :divisions ::text[],
    :categories ::text[], :places ::text[], :due_ids ::uuid[], :revisions ::smallint[], :stand ::boolean[]
) AS row (subject_id, sampled_at, sample_id, division, category, place, due_id, revision, stands)
ON CONFLICT (subject_id, sampled_at) DO UPDATE SET
    sample_id = least(held.sample_id, excluded.sample_id),
    division = least(held.division, excluded.division),
    category = least(held.category, excluded.category),
    place = least(held.place, excluded.place),
    due_id = least(held.due_id, excluded.due_id),
    revision = greatest(held.revision, excluded.revision),
    stands = CASE WHEN excluded.revision > held.revision THEN excluded.stands
                  WHEN excluded.revision < held.revision THEN held.stands
                  ELSE excluded.stands AND held.stands END
WHERE (held.sample_id, held.division, held.category, held.place, held.due_id, held.revision, held.stands)
    IS DISTINCT FROM (
        least(held.sample_id, excluded.sample_id), least(held.division, excluded.division),
        least(held.category, excluded.category), least(held.place, excluded.place),
        least(held.due_id, excluded.due_id), greatest(held.revision, excluded.revision),
        CASE WHEN excluded.revision > held.revision THEN excluded.stands
             WHEN excluded.revision < held.revision THEN held.stands
             ELSE excluded.stands AND held.stands END
    )
RETURNING subject_id, sampled_at, sample_id, division, category, place, due_id;

-- name: lock_tests_of
-- The due tests of subjects, so that those who settle them at the same time follow one another.
SELECT due_id, series, subject_id, from_on, due_on, until_on, source, division, at_once, opened_at,
       sample_id, settled_at, told_at, category, kind, reference, double_of
FROM due_test
WHERE subject_id = ANY(:subject_ids ::uuid[]) AND (stands OR double_of IS NOT NULL)
  AND (settled_on IS NULL OR settled_on >= :since ::date)
ORDER BY due_id
FOR UPDATE;

-- name: write_doubles!
UPDATE due_test AS test
SET double_of = row.double_of
FROM unnest(:due_ids ::uuid[], :doubles_of ::uuid[]) AS row (due_id, double_of)
WHERE test.due_id = row.due_id;

-- name: swabs_of
SELECT subject_id, sampled_at, sample_id, due_id
FROM taken_sample
WHERE subject_id = ANY(:subject_ids ::uuid[]) AND stands AND sampled_at >= :since;

-- name: settle_tests!
UPDATE due_test AS test
SET done = CASE WHEN row.settled_at IS NULL THEN 0 ELSE 1 END,
    settled_at = row.settled_at, settled_on = row.settled_on, sample_id = row.sample_id
FROM unnest(:due_ids ::uuid[], :settled_ats ::timestamptz[], :settled_ons ::date[], :sample_ids ::uuid[])
    AS row (due_id, settled_at, settled_on, sample_id)
WHERE test.due_id = row.due_id;

-- name: lines_for
-- The lines without named subjects that samples may count for, by their mark or by unit and kind.
SELECT due_id
FROM due_test
WHERE stands AND subject_id IS NULL AND due_id = ANY(:due_ids ::uuid[])
UNION
SELECT line.due_id
FROM (
    SELECT DISTINCT division, kind, place, day
    FROM unnest(:divisions ::text[], :kinds ::text[], :places ::text[], :days ::date[])
        AS row (division, kind, place, day)
) AS sampled
JOIN due_test AS line
  ON line.division = sampled.division AND line.kind = sampled.kind AND line.subject_id IS NULL AND line.stands
 AND (line.place IS NULL OR line.place = sampled.place)
 AND line.from_on <= sampled.day AND (line.until_on IS NULL OR line.until_on >= sampled.day);

-- name: sampled_lines
-- Those of the lines for which something was counted before, or may be now.
SELECT due_id FROM due_test
WHERE due_id = ANY(:due_ids ::uuid[]) AND (done > 0 OR settled_at IS NOT NULL)
UNION
SELECT due_id FROM taken_sample WHERE due_id = ANY(:due_ids ::uuid[]) AND sampled_at >= :since
UNION
SELECT line.due_id
FROM due_test AS line
JOIN taken_sample AS sampled
  ON sampled.division = line.division AND sampled.category = line.kind AND sampled.sampled_at >= :since
WHERE line.due_id = ANY(:due_ids ::uuid[]) AND line.subject_id IS NULL;

-- name: lock_lines
SELECT due_id, source, series, division, at_once, opened_at, wanted, done, settled_at
FROM due_test
WHERE due_id = ANY(:due_ids ::uuid[]) AND stands AND from_on >= :since ::date
ORDER BY due_id
FOR UPDATE;

-- name: count_lines
-- How many subjects were sampled for each line within its window, each once under all its records, and when it was
-- complete.
SELECT line.due_id, count(sampled.subject_id)::int AS found,
       (array_agg(sampled.first_at ORDER BY sampled.first_at, sampled.subject_id)
            FILTER (WHERE sampled.subject_id IS NOT NULL))[greatest(line.wanted, 1)] AS settled_at,
       (array_agg(sampled.sample_id ORDER BY sampled.first_at, sampled.subject_id)
            FILTER (WHERE sampled.subject_id IS NOT NULL))[greatest(line.wanted, 1)] AS sample_id
FROM due_test AS line
LEFT JOIN LATERAL (
    SELECT coalesce(own.survivor_id, one.subject_id) AS subject_id, min(one.sampled_at) AS first_at,
           (array_agg(one.sample_id ORDER BY one.sampled_at, one.sample_id))[1] AS sample_id
    FROM (
        SELECT subject_id, sampled_at, sample_id, due_id
        FROM taken_sample
        WHERE due_id = line.due_id AND stands
          AND sampled_at >= (line.from_on::timestamp AT TIME ZONE 'Asia/Shanghai')
        UNION ALL
        SELECT subject_id, sampled_at, sample_id, due_id
        FROM taken_sample
        WHERE due_id IS NULL AND division = line.division AND category = line.kind AND stands
          AND (line.place IS NULL OR place = line.place)
          AND sampled_at >= (line.from_on::timestamp AT TIME ZONE 'Asia/Shanghai')
          AND sampled_at < (coalesce(line.until_on + 1, date '9999-01-01')::timestamp AT TIME ZONE 'Asia/Shanghai')
    ) AS one
    LEFT JOIN same_person AS own ON own.person_id = one.subject_id
    WHERE (line.until_on IS NULL
           OR one.sampled_at < ((line.until_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'))
      AND NOT EXISTS (
          SELECT FROM due_test AS named
          WHERE named.subject_id = one.subject_id AND (named.stands OR named.double_of IS NOT NULL)
            AND named.series = line.series
      )
      AND NOT EXISTS (
          SELECT FROM same_person AS other
          JOIN due_test AS named ON named.subject_id = other.person_id
          WHERE other.survivor_id = own.survivor_id AND (named.stands OR named.double_of IS NOT NULL)
            AND named.series = line.series
      )
    GROUP BY coalesce(own.survivor_id, one.subject_id)
) AS sampled ON true
WHERE line.due_id = ANY(:due_ids ::uuid[])
GROUP BY line.due_id, line.wanted;

-- name: settle_lines!
UPDATE due_test AS line
SET done = row.done, settled_at = row.settled_at, settled_on = row.settled_on, sample_id = row.sample_id
FROM unnest(
    :due_ids ::uuid[], :done ::int[], :settled_ats ::timestamptz[], :settled_ons ::date[], :sample_ids ::uuid[]
) AS row (due_id, done, settled_at, settled_on, sample_id)
WHERE line.due_id = row.due_id;

-- name: keep_taken_weeks$
SELECT keep_taken_weeks(:first_at, :last_at, :forget_before);

-- name: fold_changes
-- Takes changes and adds them to the sums of their unit and of all units above it.
WITH taken AS (
    DELETE FROM coverage_change
    WHERE change_id = ANY(ARRAY(
        SELECT change_id FROM coverage_change ORDER BY change_id LIMIT :most ::int FOR UPDATE SKIP LOCKED
    ))
    RETURNING division, day, category, due, done, late
), summed AS (
    SELECT unit.division, taken.day, taken.category,
           sum(taken.due) AS due, sum(taken.done) AS done, sum(taken.late) AS late
    FROM taken
    CROSS JOIN LATERAL (
        SELECT DISTINCT code AS division
        FROM unnest(ARRAY[
            taken.division, left(taken.division, 9), left(taken.division, 6), left(taken.division, 2) || '0000'
        ]) AS above (code)
    ) AS unit
    GROUP BY 1, 2, 3
), added AS (
    INSERT INTO coverage_day AS held (division, day, category, due, done, late)
    SELECT division, day, category, due, done, late FROM summed ORDER BY division, day, category
    ON CONFLICT (division, day, category) DO UPDATE SET
        due = held.due + excluded.due, done = held.done + excluded.done, late = held.late + excluded.late
)
SELECT count(*) FROM taken;

-- name: coverage_of_units
-- Sums over days for each of the units and category, changes that are not added up yet included.
SELECT division, category, sum(due)::bigint AS due, sum(done)::bigint AS done, sum(late)::bigint AS late
FROM (
    SELECT division, category, due, done, late
    FROM coverage_day
    WHERE division = ANY(:divisions ::text[]) AND day BETWEEN :from_on ::date AND :to_on ::date
    UNION ALL
    SELECT unit.division, change.category, change.due, change.done, change.late
    FROM coverage_change AS change
    JOIN unnest(:divisions ::text[], :lows ::text[], :highs ::text[]) AS unit (division, low, high)
      ON change.division >= unit.low AND change.division < unit.high
    WHERE change.day BETWEEN :from_on ::date AND :to_on ::date
) AS summed
GROUP BY division, category
HAVING sum(due) <> 0 OR sum(done) <> 0
ORDER BY division, category;

-- name: coverage_by_day
SELECT day, category, sum(due)::bigint AS due, sum(done)::bigint AS done, sum(late)::bigint AS late
FROM (
    SELECT day, category, due, done, late
    FROM coverage_day
    WHERE division = :division AND day BETWEEN :from_on ::date AND :to_on ::date
      AND (:category ::text IS NULL OR category = :category)
    UNION ALL
    SELECT day, category, due, done, late
    FROM coverage_change
    WHERE division >= :low AND division < :high AND day BETWEEN :from_on ::date AND :to_on ::date
      AND (:category ::text IS NULL OR category = :category)
) AS summed
GROUP BY day, category
HAVING sum(due) <> 0 OR sum(done) <> 0
ORDER BY day, category;

-- name: count_unfolded
SELECT count(*) FROM coverage_change;

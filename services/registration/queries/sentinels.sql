-- name: put_sentinel
-- Registers a sentinel or changes it; a closed one is open again from now on.
INSERT INTO sentinel AS held (
    sentinel, division, township, kind, name, in_charge_sealed, usual_days_per_week, open_since, changed_at,
    received_from
)
VALUES (
    :code, :division, :township, :kind, :called, :in_charge_sealed, :usual_days_per_week, :now ::timestamptz, :now,
    :received_from
)
ON CONFLICT (sentinel) DO UPDATE
SET division = excluded.division,
    township = excluded.township,
    kind = excluded.kind,
    name = excluded.name,
    in_charge_sealed = excluded.in_charge_sealed,
    usual_days_per_week = excluded.usual_days_per_week,
    open_since = CASE WHEN held.closed_at IS NULL THEN held.open_since ELSE excluded.open_since END,
    closed_at = NULL,
    changed_at = excluded.changed_at,
    received_from = excluded.received_from
WHERE held.division >= :low AND held.division < :high
RETURNING sentinel, division, kind, name, usual_days_per_week, open_since, closed_at, in_charge_sealed,
          xmax = 0 AS is_new;

-- name: lock_sentinel
SELECT sentinel, division, kind, name, usual_days_per_week, open_since, closed_at, in_charge_sealed
FROM sentinel
WHERE sentinel = :code AND division >= :low AND division < :high
FOR UPDATE;

-- name: close_sentinel!
UPDATE sentinel SET closed_at = :closed_at, changed_at = :now, received_from = :received_from
WHERE sentinel = :code;

-- name: find_sentinel
SELECT sentinel, division, kind, name, usual_days_per_week, open_since, closed_at, in_charge_sealed
FROM sentinel
WHERE sentinel = :code AND division >= :low AND division < :high;

-- name: sentinels_of_codes
SELECT sentinel, division, kind, name, usual_days_per_week, open_since, closed_at, in_charge_sealed
FROM sentinel
WHERE sentinel = ANY(:codes ::text[]);

-- name: list_sentinels
SELECT sentinel, division, kind, name, usual_days_per_week, open_since, closed_at, in_charge_sealed
FROM sentinel
WHERE division >= :low AND division < :high
  AND (division, sentinel) > (:after_division ::text, :after_code ::text)
  AND (:is_open ::boolean IS NULL OR (closed_at IS NULL) = :is_open)
ORDER BY division, sentinel
LIMIT :most;

-- name: unregistered_codes
-- Codes that reports or sales of a subtree name and that no sentinel of the same township carries.
SELECT named.sentinel, named.division, sum(named.reports) ::int AS reports, sum(named.sales) ::int AS sales,
       min(named.first_at) AS first_seen_at, max(named.last_at) AS last_seen_at
FROM (
    SELECT sentinel, division, count(*) AS reports, 0 AS sales, min(seen_at) AS first_at, max(seen_at) AS last_at
    FROM symptom_report
    WHERE division >= :low AND division < :high
    GROUP BY division, sentinel
    UNION ALL
    SELECT sentinel, division, 0, count(*), min(sold_at), max(sold_at)
    FROM drug_sale
    WHERE division >= :low AND division < :high
    GROUP BY division, sentinel
) AS named
WHERE (named.division, named.sentinel) > (:after_division ::text, :after_code ::text)
  AND NOT EXISTS (
      SELECT FROM sentinel
      WHERE sentinel.sentinel = named.sentinel AND sentinel.township = left(named.division, 9)
  )
GROUP BY named.division, named.sentinel
ORDER BY named.division, named.sentinel
LIMIT :most;

-- name: count_reports
-- What a sentinel reported of the patients that it saw in a period, and how far it was behind.
SELECT count(*) AS reports,
       count(*) FILTER (WHERE state = 'reported') AS in_time,
       count(*) FILTER (WHERE state = 'reported-late') AS late,
       count(*) FILTER (WHERE state = 'unreported' AND due_at < :now) AS missing,
       max(reported_at - due_at) FILTER (WHERE state = 'reported-late') AS latest_by
FROM symptom_report
WHERE sentinel = :code AND left(division, 9) = :township AND seen_at >= :first AND seen_at < :until;

-- name: count_silences
SELECT count(*) AS silences, count(*) FILTER (WHERE ended_at IS NULL) AS open
FROM sentinel_silence
WHERE sentinel = :code AND noticed_at >= :first AND noticed_at < :until;

-- name: rank_sentinels
-- Sentinels by how often they were late or missing in a period, the worst first.
SELECT sentinel.sentinel, sentinel.division, kind, name, usual_days_per_week, open_since, closed_at,
       in_charge_sealed, counted.reports, counted.in_time, counted.late, counted.missing, counted.latest_by
FROM (
    SELECT report.sentinel, left(report.division, 9) AS township, count(*) AS reports,
           count(*) FILTER (WHERE state = 'reported') AS in_time,
           count(*) FILTER (WHERE state = 'reported-late') AS late,
           count(*) FILTER (WHERE state = 'unreported' AND due_at < :now) AS missing,
           max(reported_at - due_at) FILTER (WHERE state = 'reported-late') AS latest_by
    FROM symptom_report AS report
    WHERE seen_at >= :first AND seen_at < :until
      AND division >= left(:low ::text, 9) AND division < left(:low ::text, 9) || '~'
    GROUP BY report.sentinel, left(report.division, 9)
) AS counted
JOIN sentinel USING (sentinel, township)
WHERE division >= :low AND division < :high
  AND late + missing > 0
  AND (-(late + missing), sentinel.sentinel) > (:after_faults ::bigint, :after_code ::text)
ORDER BY -(late + missing), sentinel.sentinel
LIMIT :most;

-- name: claim_sentinels_to_look_at
-- Those whose silence has not been judged today; nobody else gets them meanwhile.
SELECT sentinel, division, usual_days_per_week, open_since, township
FROM sentinel
WHERE sentinel = ANY(ARRAY(
    SELECT sentinel FROM sentinel
    WHERE closed_at IS NULL AND (looked_at_on IS NULL OR looked_at_on < :today)
    ORDER BY looked_at_on NULLS FIRST, sentinel
    LIMIT :most
    FOR UPDATE SKIP LOCKED
))
ORDER BY sentinel
-- Locked here too, so that what is read is what stands now and not what stood when the statement began.
FOR UPDATE;

-- name: report_days
-- The days, in Asia/Shanghai, on which each sentinel told of somebody whom it saw, of those up to its last one
-- that may show its habit. What only its till told of, and it never reported, is no report.
SELECT sentinel.sentinel, days.day
FROM sentinel
CROSS JOIN LATERAL (
    SELECT max(seen_at) AS last_seen_at FROM symptom_report AS report
    WHERE report.sentinel = sentinel.sentinel AND left(report.division, 9) = sentinel.township
      AND NOT (report.state = 'unreported' AND report.reference LIKE 'sale:%')
) AS last
CROSS JOIN LATERAL (
    SELECT DISTINCT (seen_at AT TIME ZONE 'Asia/Shanghai')::date AS day
    FROM symptom_report AS report
    WHERE report.sentinel = sentinel.sentinel AND left(report.division, 9) = sentinel.township
      AND seen_at > last.last_seen_at - :look_back ::interval
      AND NOT (report.state = 'unreported' AND report.reference LIKE 'sale:%')
) AS days
WHERE sentinel.sentinel = ANY(:codes ::text[]);

-- name: insert_silences
INSERT INTO sentinel_silence (
    sentinel, quiet_since, noticed_at, quiet_days, habit_reports, habit_days
)
SELECT sentinel, quiet_since, :noticed_at ::timestamptz, quiet_days, habit_reports, habit_days
FROM unnest(
    :codes ::text[], :quiet_sinces ::date[], :quiet_days ::integer[],
    :habit_reports ::integer[], :habit_days ::integer[]
) AS row (sentinel, quiet_since, quiet_days, habit_reports, habit_days)
ON CONFLICT DO NOTHING
RETURNING sentinel;

-- name: mark_looked_at!
UPDATE sentinel SET looked_at_on = :today WHERE sentinel = ANY(:codes ::text[]);

-- name: end_silences
-- A report of a patient seen since ends a silence.
WITH ended AS (
    UPDATE sentinel_silence SET ended_at = :now
    WHERE (sentinel, quiet_since) IN (
        SELECT held.sentinel, held.quiet_since
        FROM sentinel_silence AS held
        JOIN sentinel USING (sentinel)
        JOIN unnest(:codes ::text[], :townships ::text[], :days ::date[]) AS heard (sentinel, township, day)
          ON heard.sentinel = held.sentinel AND heard.township = sentinel.township AND heard.day >= held.quiet_since
        WHERE held.ended_at IS NULL
        ORDER BY held.sentinel
        FOR UPDATE OF held
    )
    RETURNING sentinel, quiet_since
)
SELECT ended.sentinel, held.division, ended.quiet_since
FROM ended JOIN sentinel AS held ON held.sentinel = ended.sentinel
ORDER BY ended.sentinel;

-- name: end_silences_of_closed
WITH ended AS (
    UPDATE sentinel_silence SET ended_at = :now
    WHERE sentinel = :code AND ended_at IS NULL
    RETURNING sentinel, quiet_since
)
SELECT ended.sentinel, held.division, ended.quiet_since
FROM ended JOIN sentinel AS held ON held.sentinel = ended.sentinel;

-- name: list_silences
SELECT silence.sentinel, sentinel.division, silence.quiet_since, silence.quiet_days, silence.habit_reports,
       silence.habit_days, silence.noticed_at, sentinel.kind, sentinel.name
FROM sentinel_silence AS silence
JOIN sentinel USING (sentinel)
WHERE silence.ended_at IS NULL
  AND sentinel.division >= :low AND sentinel.division < :high
  AND (sentinel.division, silence.sentinel) > (:after_division ::text, :after_code ::text)
ORDER BY sentinel.division, silence.sentinel
LIMIT :most;

-- name: sentinel_figures
SELECT (SELECT count(*) FROM sentinel WHERE closed_at IS NULL) AS open,
       (SELECT count(*) FROM sentinel_silence WHERE ended_at IS NULL) AS silent,
       (SELECT count(*) FROM symptom_report WHERE state = 'reported-late') AS late,
       (SELECT count(*) FROM symptom_report WHERE state = 'unreported' AND due_at < :now) AS missing;

-- name: reseal_sentinel!
UPDATE sentinel SET in_charge_sealed = :after WHERE sentinel = :code AND in_charge_sealed = :before;

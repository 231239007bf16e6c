-- name: add_tallies
-- Keeps what a transaction adds, and returns the suspensions of the laboratories concerned: one round trip for both.
WITH hours AS (
    INSERT INTO laboratory_tally (laboratory, hour, results, positives, inconclusives, corrected)
    SELECT * FROM unnest(
        :hour_laboratories ::text[], :hours ::timestamptz[], :results ::integer[], :positives ::integer[],
        :inconclusives ::integer[], :corrected ::integer[]
    )
), stages AS (
    INSERT INTO turnaround_tally (laboratory, day, stage, buckets, counts)
    SELECT laboratory, day, stage, string_to_array(buckets, ',')::smallint[], string_to_array(counts, ',')::integer[]
    FROM unnest(
        :stage_laboratories ::text[], :days ::date[], :stages ::text[], :buckets ::text[], :counts ::text[]
    ) AS row (laboratory, day, stage, buckets, counts)
)
SELECT * FROM laboratory_suspension WHERE laboratory = ANY(:laboratories ::text[]) ORDER BY suspended_at DESC;

-- name: flag_results!
INSERT INTO flagged_result (sample_id, suspension_id, laboratory, division, result, resulted_at, received_at)
SELECT sample_id, suspension_id, laboratory, division, result, resulted_at, :received_at
FROM unnest(
    :sample_ids ::uuid[], :suspension_ids ::uuid[], :laboratories ::text[], :divisions ::text[], :results ::text[],
    :resulted_ats ::timestamptz[]
) AS row (sample_id, suspension_id, laboratory, division, result, resulted_at)
ON CONFLICT DO NOTHING;

-- name: try_to_add_up$
-- One process at a time adds up; the others find nothing to do.
SELECT pg_try_advisory_xact_lock(hashtextextended('figures of laboratories', 0));

-- name: add_up_hours$
WITH taken AS (
    DELETE FROM laboratory_tally
    WHERE tally_id IN (SELECT tally_id FROM laboratory_tally ORDER BY tally_id LIMIT :most)
    RETURNING *
), added AS (
    INSERT INTO laboratory_hour AS held (laboratory, hour, results, positives, inconclusives, corrected)
    SELECT laboratory, hour, sum(results), sum(positives), sum(inconclusives), sum(corrected)
    FROM taken
    GROUP BY laboratory, hour
    ON CONFLICT (laboratory, hour) DO UPDATE
    SET results = held.results + excluded.results,
        positives = held.positives + excluded.positives,
        inconclusives = held.inconclusives + excluded.inconclusives,
        corrected = held.corrected + excluded.corrected
)
SELECT count(*) FROM taken;

-- name: add_up_stages$
WITH taken AS (
    DELETE FROM turnaround_tally
    WHERE tally_id IN (SELECT tally_id FROM turnaround_tally ORDER BY tally_id LIMIT :most)
    RETURNING *
), added AS (
    INSERT INTO turnaround_day AS held (laboratory, day, stage, bucket, count)
    SELECT laboratory, day, stage, bucket, sum(count)
    FROM taken CROSS JOIN LATERAL unnest(buckets, counts) AS hit (bucket, count)
    GROUP BY laboratory, day, stage, bucket
    ON CONFLICT (laboratory, day, stage, bucket) DO UPDATE SET count = held.count + excluded.count
)
SELECT count(*) FROM taken;

-- name: days_of
-- What laboratories resulted on the days (Shanghai) from one until another, both included.
SELECT laboratory, (hour AT TIME ZONE 'Asia/Shanghai')::date AS day, sum(results)::bigint AS results,
       sum(positives)::bigint AS positives, sum(inconclusives)::bigint AS inconclusives,
       sum(corrected)::bigint AS corrected
FROM laboratory_hour
WHERE laboratory = ANY(:codes ::text[]) AND hour >= :first ::timestamptz AND hour < :until ::timestamptz
GROUP BY laboratory, day
ORDER BY laboratory, day;

-- name: hours_of
SELECT * FROM laboratory_hour
WHERE laboratory = :code AND hour >= :first AND hour < :until
ORDER BY hour;

-- name: stages_of
SELECT laboratory, day, stage, bucket, count
FROM turnaround_day
WHERE laboratory = ANY(:codes ::text[]) AND day >= :first AND day <= :last;

-- name: unregistered_laboratories
-- Those that result and are not in the register.
SELECT DISTINCT laboratory FROM laboratory_hour
WHERE NOT EXISTS (SELECT FROM laboratory WHERE laboratory.laboratory = laboratory_hour.laboratory);

-- name: list_flagged
SELECT flagged.*
FROM flagged_result AS flagged
WHERE (:code ::text IS NULL OR laboratory = :code)
  AND (received_at, sample_id) > (:after_at ::timestamptz, :after_id ::uuid)
  AND division >= :low AND division < :high
ORDER BY received_at, sample_id
LIMIT :most;

-- name: report_days_of
-- The days (Shanghai) with a result of each laboratory, of the look-back up to its last one.
SELECT registered.laboratory, days.day
FROM unnest(:codes ::text[]) AS registered (laboratory)
CROSS JOIN LATERAL (
    SELECT max(hour) AS last_hour FROM laboratory_hour AS held
    WHERE held.laboratory = registered.laboratory AND results > 0
) AS last
CROSS JOIN LATERAL (
    SELECT DISTINCT (hour AT TIME ZONE 'Asia/Shanghai')::date AS day
    FROM laboratory_hour AS held
    WHERE held.laboratory = registered.laboratory AND results > 0 AND hour > last.last_hour - :look_back ::interval
) AS days;

-- name: claim_for_rates
-- Laboratories whose rates nobody has looked at today, and that nobody else gets meanwhile.
SELECT laboratory, division FROM laboratory
WHERE NOT EXISTS (
    SELECT FROM laboratory_look AS look WHERE look.laboratory = laboratory.laboratory AND look.rates_on >= :today
)
ORDER BY laboratory
LIMIT :most
FOR UPDATE SKIP LOCKED;

-- name: claim_for_silence
-- Laboratories that may test and whose silence nobody has looked at today.
SELECT held.laboratory, held.division, held.registered_at
FROM laboratory AS held
WHERE NOT EXISTS (
    SELECT FROM laboratory_look AS look WHERE look.laboratory = held.laboratory AND look.silence_on >= :today
)
ORDER BY held.laboratory
LIMIT :most
FOR UPDATE SKIP LOCKED;

-- name: mark_rates_looked_at!
INSERT INTO laboratory_look (laboratory, rates_on) SELECT unnest(:codes ::text[]), :today
ON CONFLICT (laboratory) DO UPDATE SET rates_on = excluded.rates_on;

-- name: mark_silence_looked_at!
INSERT INTO laboratory_look (laboratory, silence_on) SELECT unnest(:codes ::text[]), :today
ON CONFLICT (laboratory) DO UPDATE SET silence_on = excluded.silence_on;

-- name: insert_notices
INSERT INTO laboratory_notice (notice_id, laboratory, kind, day, detail, noticed_at)
SELECT notice_id, laboratory, kind, day, detail::jsonb, :noticed_at ::timestamptz
FROM unnest(:notice_ids ::uuid[], :laboratories ::text[], :kinds ::text[], :days ::date[], :details ::text[])
    AS row (notice_id, laboratory, kind, day, detail)
ON CONFLICT DO NOTHING
RETURNING notice_id;

-- name: open_notices_of
SELECT laboratory, kind, day FROM laboratory_notice WHERE laboratory = ANY(:codes ::text[]) AND ended_at IS NULL;

-- name: end_notices!
-- Ends those of laboratories and kinds that are open, but for those that last.
UPDATE laboratory_notice SET ended_at = :now
WHERE ended_at IS NULL
  AND (laboratory, kind) IN (SELECT * FROM unnest(:laboratories ::text[], :kinds ::text[]));

-- name: list_notices
SELECT notice.*, laboratory.division
FROM laboratory_notice AS notice
JOIN laboratory USING (laboratory)
WHERE division >= :low AND division < :high
  AND (noticed_at, notice_id) > (:after_at ::timestamptz, :after_id ::uuid)
  AND (:open ::boolean IS NULL OR (ended_at IS NULL) = :open)
ORDER BY noticed_at, notice_id
LIMIT :most;

-- name: laboratory_figures
SELECT (SELECT count(*) FROM laboratory) AS laboratories,
       (SELECT count(*) FROM laboratory_suspension WHERE ended_at IS NULL) AS suspended,
       (SELECT count(*) FROM flagged_result AS flagged
        JOIN laboratory_suspension USING (suspension_id) WHERE ended_at IS NULL) AS flagged,
       (SELECT count(*) FROM laboratory_tally) AS tallies_waiting;

-- name: open_notices
SELECT kind, count(*) AS notices FROM laboratory_notice WHERE ended_at IS NULL GROUP BY kind;

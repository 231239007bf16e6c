-- name: add_deltas!
INSERT INTO campaign_delta (
    campaign_id, division, point, laboratory, hour, sampled_tubes, sampled_people, arrived_tubes, arrived_people,
    resulted_tubes, resulted_people, positive_tubes, unclear_tubes
)
SELECT *
FROM unnest(
    :campaign_ids ::uuid[], :divisions ::text[], :points ::text[], :laboratories ::text[], :hours ::timestamptz[],
    :sampled_tubes ::int[], :sampled_people ::int[], :arrived_tubes ::int[], :arrived_people ::int[],
    :resulted_tubes ::int[], :resulted_people ::int[], :positive_tubes ::int[], :unclear_tubes ::int[]
);

-- name: fold_deltas
-- Adds deltas up into the figures, some thousand at a time; one process does so at a time, others find nothing to do.
WITH alone AS (
    SELECT pg_try_advisory_xact_lock(hashtextextended('campaign counts', 0)) AS mine
), taken AS (
    DELETE FROM campaign_delta
    WHERE delta_id = ANY (ARRAY (
        SELECT delta_id FROM campaign_delta, alone WHERE alone.mine ORDER BY delta_id LIMIT :most ::int
    ))
    RETURNING *
), by_hour AS (
    INSERT INTO campaign_hour AS held
    SELECT campaign_id, hour, laboratory, sum(sampled_tubes), sum(sampled_people), sum(arrived_tubes),
           sum(arrived_people), sum(resulted_tubes), sum(resulted_people), sum(positive_tubes), sum(unclear_tubes)
    FROM taken
    GROUP BY campaign_id, hour, laboratory
    ON CONFLICT (campaign_id, hour, laboratory) DO UPDATE SET
        sampled_tubes = held.sampled_tubes + excluded.sampled_tubes,
        sampled_people = held.sampled_people + excluded.sampled_people,
        arrived_tubes = held.arrived_tubes + excluded.arrived_tubes,
        arrived_people = held.arrived_people + excluded.arrived_people,
        resulted_tubes = held.resulted_tubes + excluded.resulted_tubes,
        resulted_people = held.resulted_people + excluded.resulted_people,
        positive_tubes = held.positive_tubes + excluded.positive_tubes,
        unclear_tubes = held.unclear_tubes + excluded.unclear_tubes
), by_point AS (
    INSERT INTO campaign_point AS held
    SELECT campaign_id, division, point, sum(sampled_tubes), sum(sampled_people), sum(arrived_tubes),
           sum(arrived_people), sum(resulted_tubes), sum(resulted_people), sum(positive_tubes), sum(unclear_tubes)
    FROM taken
    GROUP BY campaign_id, division, point
    ON CONFLICT (campaign_id, division, point) DO UPDATE SET
        sampled_tubes = held.sampled_tubes + excluded.sampled_tubes,
        sampled_people = held.sampled_people + excluded.sampled_people,
        arrived_tubes = held.arrived_tubes + excluded.arrived_tubes,
        arrived_people = held.arrived_people + excluded.arrived_people,
        resulted_tubes = held.resulted_tubes + excluded.resulted_tubes,
        resulted_people = held.resulted_people + excluded.resulted_people,
        positive_tubes = held.positive_tubes + excluded.positive_tubes,
        unclear_tubes = held.unclear_tubes + excluded.unclear_tubes
)
SELECT count(*)::int AS folded FROM taken;

-- name: counts_by_hour
-- Of every hour over all laboratories, and of every laboratory over all hours: the other one is null.
SELECT hour, laboratory, sum(sampled_tubes)::bigint AS sampled_tubes, sum(sampled_people)::bigint AS sampled_people,
       sum(arrived_tubes)::bigint AS arrived_tubes, sum(arrived_people)::bigint AS arrived_people,
       sum(resulted_tubes)::bigint AS resulted_tubes, sum(resulted_people)::bigint AS resulted_people,
       sum(positive_tubes)::bigint AS positive_tubes, sum(unclear_tubes)::bigint AS unclear_tubes
FROM (
    SELECT hour, laboratory, sampled_tubes, sampled_people, arrived_tubes, arrived_people, resulted_tubes,
           resulted_people, positive_tubes, unclear_tubes
    FROM campaign_hour
    WHERE campaign_id = :campaign_id
    UNION ALL
    SELECT hour, laboratory, sampled_tubes, sampled_people, arrived_tubes, arrived_people, resulted_tubes,
           resulted_people, positive_tubes, unclear_tubes
    FROM campaign_delta
    WHERE campaign_id = :campaign_id
) AS parts
GROUP BY GROUPING SETS ((hour), (laboratory))
ORDER BY hour, laboratory;

-- name: counts_by_place
-- By the first digits of the division, as many as are asked for: 6 is by district, 9 by township, 12 by village.
SELECT left(division, :digits ::int) AS division, sum(sampled_tubes)::bigint AS sampled_tubes,
       sum(sampled_people)::bigint AS sampled_people, sum(arrived_tubes)::bigint AS arrived_tubes,
       sum(arrived_people)::bigint AS arrived_people, sum(resulted_tubes)::bigint AS resulted_tubes,
       sum(resulted_people)::bigint AS resulted_people, sum(positive_tubes)::bigint AS positive_tubes,
       sum(unclear_tubes)::bigint AS unclear_tubes
FROM (
    SELECT division, sampled_tubes, sampled_people, arrived_tubes, arrived_people, resulted_tubes, resulted_people,
           positive_tubes, unclear_tubes
    FROM campaign_point
    WHERE campaign_id = :campaign_id AND division >= :low AND division < :high
    UNION ALL
    SELECT division, sampled_tubes, sampled_people, arrived_tubes, arrived_people, resulted_tubes, resulted_people,
           positive_tubes, unclear_tubes
    FROM campaign_delta
    WHERE campaign_id = :campaign_id AND division >= :low AND division < :high
) AS parts
GROUP BY 1
ORDER BY 1;

-- name: counts_by_point
SELECT counted.division, counted.point, sampled_tubes, sampled_people, arrived_tubes, arrived_people, resulted_tubes,
       resulted_people, positive_tubes, unclear_tubes, queue.waiting, queue.at AS queue_at
FROM (
    SELECT division, point, sum(sampled_tubes)::bigint AS sampled_tubes,
           sum(sampled_people)::bigint AS sampled_people, sum(arrived_tubes)::bigint AS arrived_tubes,
           sum(arrived_people)::bigint AS arrived_people, sum(resulted_tubes)::bigint AS resulted_tubes,
           sum(resulted_people)::bigint AS resulted_people, sum(positive_tubes)::bigint AS positive_tubes,
           sum(unclear_tubes)::bigint AS unclear_tubes
    FROM (
        SELECT division, point, sampled_tubes, sampled_people, arrived_tubes, arrived_people, resulted_tubes,
               resulted_people, positive_tubes, unclear_tubes
        FROM campaign_point
        WHERE campaign_id = :campaign_id AND division >= :low AND division < :high
        UNION ALL
        SELECT division, point, sampled_tubes, sampled_people, arrived_tubes, arrived_people, resulted_tubes,
               resulted_people, positive_tubes, unclear_tubes
        FROM campaign_delta
        WHERE campaign_id = :campaign_id AND division >= :low AND division < :high
    ) AS parts
    GROUP BY division, point
) AS counted
LEFT JOIN LATERAL (
    SELECT waiting, at
    FROM campaign_queue
    WHERE campaign_queue.campaign_id = :campaign_id AND campaign_queue.division = counted.division
      AND campaign_queue.point = counted.point
    ORDER BY at DESC
    LIMIT 1
) AS queue ON true
WHERE (counted.division, counted.point) > (:after_division ::text, :after_point ::text)
ORDER BY counted.division, counted.point
LIMIT :most ::int;

-- name: insert_queues
INSERT INTO campaign_queue (campaign_id, point, at, division, waiting, received_at, received_from)
SELECT campaign_id, point, at, division, waiting, :received_at, received_from
FROM unnest(
    :campaign_ids ::uuid[], :points ::text[], :ats ::timestamptz[], :divisions ::text[], :waiting ::int[],
    :received_froms ::text[]
) AS row (
    campaign_id, point, at, division, waiting,
    received_from
)
ON CONFLICT DO NOTHING
RETURNING campaign_id, point, at;

-- name: queues_on_record
SELECT held.campaign_id, held.point, held.at, held.division, held.waiting
FROM unnest(:campaign_ids ::uuid[], :points ::text[], :ats ::timestamptz[]) AS row (campaign_id, point, at)
JOIN campaign_queue AS held
    ON held.campaign_id = row.campaign_id AND held.point = row.point AND held.at = row.at;

-- name: latest_queues
-- The newest report of each point of a subtree.
SELECT DISTINCT ON (division, point) division, point, at, waiting
FROM campaign_queue
WHERE campaign_id = :campaign_id AND division >= :low AND division < :high
ORDER BY division, point, at DESC;

-- name: lock_campaign
-- Lets orders about one campaign follow one another until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('campaign ' || :code ::text, 0));

-- name: find_campaign
SELECT code, division, state, stated, due_at, aim_at, people, started_at, ended_at, ended_because, crossings, is_behind
FROM campaign
WHERE code = :code;

-- name: list_campaigns
SELECT code, division, state, stated, due_at, aim_at, people, started_at, ended_at, ended_because, crossings, is_behind
FROM campaign
WHERE division >= :low AND division < :high
  AND (division, campaign_id) > (:after_division ::text, :after_id ::uuid)
  AND (:state ::text IS NULL OR state = :state)
ORDER BY division, campaign_id
LIMIT :most ::int;

-- name: keep_campaign!
INSERT INTO campaign (
    campaign_id, code, division, state, target, starts_at, due_at, aim_at, stated,
    recorded_at, received_at, changed_at, received_from
)
VALUES (
    :campaign_id, :code, :division, 'planned', :target, :starts_at, :due_at, :aim_at, :stated,
    :recorded_at, :now, :now, :received_from
)
ON CONFLICT (campaign_id) DO UPDATE SET
    division = excluded.division, target = excluded.target, starts_at = excluded.starts_at,
    due_at = excluded.due_at, aim_at = excluded.aim_at, stated = excluded.stated, changed_at = excluded.changed_at;

-- name: start_campaign!
UPDATE campaign
SET state = 'running', started_at = :started_at, due_at = :due_at, aim_at = :aim_at, people = :people, changed_at = :now
WHERE campaign_id = :campaign_id;

-- name: end_campaign!
UPDATE campaign
SET state = 'ended', ended_at = :ended_at, ended_because = :reason, is_behind = false, changed_at = :now
WHERE campaign_id = :campaign_id;

-- name: running_campaigns
SELECT code, division, state, stated, due_at, aim_at, people, started_at, ended_at, ended_because, crossings, is_behind
FROM campaign
WHERE state = 'running'
ORDER BY campaign_id;

-- name: cross_limit!
UPDATE campaign
SET is_behind = :is_behind, crossings = :crossings, changed_at = :now
WHERE campaign_id = :campaign_id;

-- name: order_plan
INSERT INTO campaign_plan (campaign_id, number, state, inputs, ordered_at, ordered_by)
SELECT :campaign_id ::uuid, coalesce(max(number), 0) + 1, 'waiting', :inputs, :now, :ordered_by
FROM campaign_plan
WHERE campaign_id = :campaign_id
RETURNING number;

-- name: claim_plan
-- Takes the oldest plan that nobody computes, or whose process has died.
UPDATE campaign_plan
SET state = 'computing', claimed_at = :now
WHERE (campaign_id, number) = (
    SELECT campaign_id, number
    FROM campaign_plan
    WHERE state = 'waiting' OR (state = 'computing' AND claimed_at < :dead_before)
    ORDER BY ordered_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING campaign_id, number, inputs;

-- name: finish_plan!
UPDATE campaign_plan
SET state = :state, findings = :findings, reason = :reason, seconds = :seconds, computed_at = :now
WHERE campaign_id = :campaign_id AND number = :number AND state = 'computing';

-- name: plans_of
SELECT number, state, findings, reason, seconds, ordered_at, computed_at
FROM campaign_plan
WHERE campaign_id = :campaign_id AND (:number ::int IS NULL OR number = :number)
ORDER BY number DESC
LIMIT :most ::int;

-- name: register_points
-- The open sampling points of the register that stand in a subtree, with their samplers and what they serve.
SELECT point.code, point.division, point.hands, point.document,
       ARRAY(SELECT serves.division FROM sampling_point_serves AS serves
             WHERE serves.point = point.code ORDER BY serves.division) AS serves
FROM sampling_point AS point
WHERE point.is_open AND point.division >= :low AND point.division < :high
ORDER BY point.code;

-- name: insert_webhook!
-- The same order of the same key is one webhook.
INSERT INTO webhook (
    webhook_id, division, url, events, secret_sealed, state, created_at, created_by, changed_at
)
VALUES (:webhook_id, :division, :url, :events, :secret_sealed, 'active', :now ::timestamptz, :created_by, :now)
ON CONFLICT (created_by, division, url, events) DO NOTHING;

-- name: find_same_webhook
SELECT webhook_id, division, url, events, state, reason, created_at, created_by, changed_at
FROM webhook
WHERE created_by = :created_by AND division = :division AND url = :url AND events = :events;

-- name: find_webhook
SELECT webhook_id, division, url, events, state, reason, created_at, created_by, changed_at
FROM webhook
WHERE webhook_id = :webhook_id AND division >= :low AND division < :high;

-- name: list_webhooks
SELECT webhook_id, division, url, events, state, reason, created_at, created_by, changed_at
FROM webhook
WHERE division >= :low AND division < :high AND (division, webhook_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, webhook_id
LIMIT :most;

-- name: set_webhook_state!
UPDATE webhook SET state = :state, reason = :reason, changed_at = :now
WHERE webhook_id = :webhook_id AND division >= :low AND division < :high;

-- name: pause_webhook!
UPDATE webhook SET state = 'paused', reason = :reason, changed_at = :now WHERE webhook_id = :webhook_id;

-- name: rotate_webhook_secret!
UPDATE webhook
SET former_secret_sealed = secret_sealed, former_until = :former_until, secret_sealed = :secret_sealed, changed_at = :now
WHERE webhook_id = :webhook_id AND division >= :low AND division < :high;

-- name: delete_webhook!
DELETE FROM webhook WHERE webhook_id = :webhook_id AND division >= :low AND division < :high;

-- name: listening_webhooks
-- Those that may be told something now: a key that was revoked or has expired takes its webhooks with it.
SELECT webhook_id, webhook.division, events, webhook.created_at
FROM webhook
LEFT JOIN access.api_key AS key ON key.id = webhook.created_by
WHERE state = 'active' AND key.revoked_at IS NULL AND (key.expires_at IS NULL OR key.expires_at > :now);

-- name: queue_deliveries
INSERT INTO webhook_delivery (delivery_id, webhook_id, event_type, division, body, state, next_attempt_at, created_at)
SELECT delivery_id, webhook_id, event_type, division, body, 'pending', :now ::timestamptz, :now
FROM unnest(:delivery_ids ::uuid[], :webhook_ids ::uuid[], :event_types ::text[], :divisions ::text[], :bodies ::bytea[])
    AS row (delivery_id, webhook_id, event_type, division, body)
WHERE EXISTS (SELECT FROM webhook WHERE webhook.webhook_id = row.webhook_id)
ON CONFLICT (delivery_id) DO NOTHING
RETURNING delivery_id;

-- name: due_webhooks
-- Whose deliveries are due; one that is paused, or whose key is no more, keeps them until it may be told again.
SELECT webhook.webhook_id
FROM webhook
LEFT JOIN access.api_key AS key ON key.id = webhook.created_by
WHERE state = 'active' AND key.revoked_at IS NULL AND (key.expires_at IS NULL OR key.expires_at > :now)
  AND EXISTS (
      SELECT FROM webhook_delivery AS delivery
      WHERE delivery.webhook_id = webhook.webhook_id AND delivery.state = 'pending' AND next_attempt_at <= :now
  )
LIMIT :most;

-- name: claim_deliveries
-- Started before they are sent: a process that dies leaves a lease that runs out, and a pending attempt.
UPDATE webhook_delivery AS delivery
SET attempts = attempts + 1, next_attempt_at = :lease_until
WHERE delivery_id = ANY(ARRAY(
    SELECT delivery_id FROM webhook_delivery
    WHERE webhook_id = :webhook_id AND state = 'pending' AND next_attempt_at <= :now
    ORDER BY next_attempt_at LIMIT :most FOR UPDATE SKIP LOCKED
))
RETURNING delivery_id, event_type, body, attempts, created_at;

-- name: settle_lapsed_attempts!
UPDATE webhook_attempt
SET outcome = 'unknown', ended_at = :now, reason = 'the process ended while sending'
WHERE delivery_id = ANY(:delivery_ids ::uuid[]) AND outcome = 'pending';

-- name: begin_attempts!
INSERT INTO webhook_attempt (delivery_id, attempt, started_at, outcome)
SELECT delivery_id, attempt, :now, 'pending'
FROM unnest(:delivery_ids ::uuid[], :attempts ::int[]) AS row (delivery_id, attempt);

-- name: webhook_target
SELECT url, secret_sealed, former_secret_sealed, former_until
FROM webhook
WHERE webhook_id = :webhook_id AND state = 'active';

-- name: end_attempt!
UPDATE webhook_attempt
SET outcome = :outcome, status = :status, reason = :reason, ended_at = :now
WHERE delivery_id = :delivery_id AND attempt = :attempt;

-- name: settle_delivery!
UPDATE webhook_delivery
SET state = :state,
    next_attempt_at = coalesce(:next_attempt_at, next_attempt_at),
    delivered_at = CASE WHEN :state = 'delivered' THEN :now ::timestamptz END
WHERE delivery_id = :delivery_id AND state = 'pending';

-- name: retry_delivery
UPDATE webhook_delivery AS delivery
SET state = 'pending', next_attempt_at = :now, delivered_at = NULL
FROM webhook
WHERE delivery.delivery_id = :delivery_id AND delivery.webhook_id = :webhook_id
  AND webhook.webhook_id = delivery.webhook_id AND webhook.division >= :low AND webhook.division < :high
RETURNING delivery.delivery_id;

-- name: list_deliveries
SELECT delivery_id, event_type, delivery.division, delivery.state, attempts, next_attempt_at, delivery.created_at, delivered_at,
       (SELECT status FROM webhook_attempt AS one WHERE one.delivery_id = delivery.delivery_id ORDER BY attempt DESC LIMIT 1) AS status,
       (SELECT one.reason FROM webhook_attempt AS one WHERE one.delivery_id = delivery.delivery_id ORDER BY attempt DESC LIMIT 1) AS reason
FROM webhook_delivery AS delivery
WHERE webhook_id = :webhook_id AND (created_at, delivery_id) < (:before_at ::timestamptz, :before_id ::uuid)
  AND (:state ::text IS NULL OR delivery.state = :state)
ORDER BY created_at DESC, delivery_id DESC
LIMIT :most;

-- name: count_deliveries
SELECT count(*) FILTER (WHERE state = 'pending') AS pending,
       count(*) FILTER (WHERE state = 'exhausted') AS exhausted,
       min(created_at) FILTER (WHERE state = 'pending') AS oldest_pending
FROM webhook_delivery
WHERE state <> 'delivered';

-- name: forget_deliveries!
DELETE FROM webhook_delivery
WHERE delivery_id IN (
    SELECT delivery_id FROM webhook_delivery WHERE state <> 'pending' AND created_at < :before LIMIT :most
);

-- name: steps_unfired
-- What became known only after its instant (a day that was opened late, a fact that came late) could not fire before.
SELECT count(*) AS count, min(greatest(next_step_at, armed_at)) AS oldest_at
FROM alerts.clock_timer
WHERE next_step_at <= :limit AND armed_at <= :limit;

-- name: clocks_without_step
-- A clock that is open before its due time has at least the step that notices the breach before it.
SELECT count(*) AS count, min(clock.started_at) AS oldest_at
FROM alerts.clock AS clock
LEFT JOIN alerts.clock_timer AS timer ON timer.number = clock.number
WHERE clock.started_at IS NOT NULL AND clock.stopped_at IS NULL AND clock.voided_at IS NULL
    AND clock.due_at > :now AND timer.number IS NULL;

-- name: positives_without_case
SELECT count(*) AS count, min(found.received_at) AS oldest_at
FROM testing.sample_result AS found
LEFT JOIN reporting.case_file AS opened ON opened.sample_id = found.sample_id
WHERE found.result = 'positive' AND found.received_at <= :limit AND found.received_at > :since
    AND opened.sample_id IS NULL
    AND NOT EXISTS (SELECT FROM testing.pooled_result AS pooled WHERE pooled.sample_id = found.sample_id);

-- name: positives_without_clock
SELECT count(*) AS count, min(found.received_at) AS oldest_at
FROM testing.sample_result AS found
CROSS JOIN unnest(:rule_ids ::text[]) AS rule (id)
LEFT JOIN alerts.clock AS clock ON clock.subject = found.sample_id::text AND clock.rule_id = rule.id
WHERE found.result = 'positive' AND found.received_at <= :limit AND found.received_at > :since
    AND clock.started_at IS NULL
    AND NOT EXISTS (SELECT FROM testing.pooled_result AS pooled WHERE pooled.sample_id = found.sample_id);

-- name: pools_without_clock
-- Pools that were not negative, whose members nobody is pressed to take again.
SELECT count(*) AS count, min(pool.received_at) AS oldest_at
FROM testing.pool AS pool
CROSS JOIN unnest(:rule_ids ::text[]) AS rule (id)
LEFT JOIN alerts.clock AS clock ON clock.subject = pool.pool_id::text AND clock.rule_id = rule.id
WHERE pool.received_at <= :limit AND pool.received_at > :since AND clock.started_at IS NULL;

-- name: pages_uncomposed
SELECT count(*) AS count, min(created_at) AS oldest_at
FROM alerts.page_request
WHERE composed_at IS NULL AND created_at <= :limit;

-- name: deliveries_untried
SELECT count(*) AS count, min(coalesce(next_attempt_at, lease_until)) AS oldest_at
FROM alerts.delivery
WHERE state IN ('pending', 'sending') AND coalesce(next_attempt_at, lease_until) <= :limit;

-- name: climbs_unfired
SELECT count(*) AS count, min(climb.next_at) AS oldest_at
FROM alerts.climb AS climb
JOIN alerts.clock AS clock ON clock.id = climb.clock_id
WHERE climb.next_at <= :limit AND clock.stopped_at IS NULL AND clock.voided_at IS NULL;

-- name: events_unsent
SELECT count(*) AS count, min(created_at) AS oldest_at
FROM (
    SELECT created_at FROM registration.outbox
    UNION ALL SELECT created_at FROM testing.outbox
    UNION ALL SELECT created_at FROM alerts.outbox
    UNION ALL SELECT created_at FROM reporting.outbox
) AS waiting
WHERE created_at <= :limit;

-- name: messages_put_aside
SELECT count(*) AS count, min(put_aside_at) AS oldest_at
FROM (
    SELECT put_aside_at, replayed_at FROM registration.dead_letter
    UNION ALL SELECT put_aside_at, replayed_at FROM testing.dead_letter
    UNION ALL SELECT put_aside_at, replayed_at FROM alerts.dead_letter
    UNION ALL SELECT put_aside_at, replayed_at FROM reporting.dead_letter
) AS put_aside
WHERE replayed_at IS NULL;

-- name: trail_rows
SELECT sequence, content, previous_hash, hash
FROM (
    SELECT 'access' AS trail, sequence, content, previous_hash, hash FROM access.audit
    UNION ALL SELECT 'registration', sequence, content, previous_hash, hash FROM registration.audit
    UNION ALL SELECT 'testing', sequence, content, previous_hash, hash FROM testing.audit
    UNION ALL SELECT 'alerts', sequence, content, previous_hash, hash FROM alerts.audit
    UNION ALL SELECT 'reporting', sequence, content, previous_hash, hash FROM reporting.audit
) AS every_trail
WHERE trail = :trail AND sequence >= :first AND sequence <= :last
ORDER BY sequence
LIMIT :most;

-- name: trail_head
SELECT sequence, hash
FROM (
    SELECT 'access' AS trail, sequence, hash FROM access.audit_head
    UNION ALL SELECT 'registration', sequence, hash FROM registration.audit_head
    UNION ALL SELECT 'testing', sequence, hash FROM testing.audit_head
    UNION ALL SELECT 'alerts', sequence, hash FROM alerts.audit_head
    UNION ALL SELECT 'reporting', sequence, hash FROM reporting.audit_head
) AS every_head
WHERE trail = :trail;

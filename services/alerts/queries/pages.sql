-- name: lock_composing
-- One composition at a time, so that what is due for one person at one moment becomes one page.
SELECT pg_advisory_xact_lock(hashtextextended('compose-pages ' || current_schema(), 0));

-- name: waiting_requests
-- Requests whose moment is complete: no clock has a step of the very same instant that has not fired yet.
-- What has waited longer than is good for it comes along all the same. A composition that had to wait for another
-- one leaves what was asked for meanwhile to the next: no page is older than what asks for it.
-- Each instant is looked up once: just after thousands of timers have fired, a look-up passes by all of them.
WITH waiting AS MATERIALIZED (
    SELECT id, clock_id, occasion, rung, step_due_at, created_at
    FROM page_request
    WHERE composed_at IS NULL AND created_at <= :now ::timestamptz
),
incomplete AS MATERIALIZED (
    SELECT moment.step_due_at
    FROM (SELECT DISTINCT step_due_at FROM waiting) AS moment
    WHERE EXISTS (SELECT FROM clock_timer u WHERE u.next_step_at = moment.step_due_at)
    UNION ALL  -- what was asked for since `now` belongs to the same page
    SELECT step_due_at FROM page_request WHERE composed_at IS NULL AND created_at > :now
)
SELECT r.id, r.clock_id, r.occasion, r.rung, r.step_due_at,
       c.division, c.rule_id, c.rule_version, c.stopped_at IS NULL AND c.voided_at IS NULL AS is_open
FROM waiting r
JOIN clock c ON c.id = r.clock_id
WHERE r.created_at <= :waited_since ::timestamptz
   OR r.step_due_at NOT IN (SELECT step_due_at FROM incomplete)
ORDER BY r.step_due_at, r.id
LIMIT 50000;

-- name: close_requests!
UPDATE page_request SET composed_at = :now WHERE id = ANY(:ids ::bigint[]) AND composed_at IS NULL;

-- name: lock_climbs
-- Always in the order of the ids, so that two transactions never wait for each other in a circle.
SELECT clock_id, occasion, step_due_at, rung, next_rung, next_at, held_until
FROM climb
WHERE clock_id = ANY(:clock_ids ::uuid[])
ORDER BY clock_id
FOR UPDATE;

-- name: save_climbs!
INSERT INTO climb (clock_id, occasion, step_due_at, rung, next_rung, next_at, held_until)
SELECT clock_id, occasion, step_due_at, rung, next_rung, next_at, held_until
FROM unnest(
    :clock_ids ::uuid[], :occasions ::text[], :step_due_ats ::timestamptz[], :rungs ::smallint[],
    :next_rungs ::smallint[], :next_ats ::timestamptz[], :held_untils ::timestamptz[]
) AS row (clock_id, occasion, step_due_at, rung, next_rung, next_at, held_until)
ON CONFLICT (clock_id) DO UPDATE SET
    occasion = excluded.occasion,
    step_due_at = excluded.step_due_at,
    rung = excluded.rung,
    next_rung = excluded.next_rung,
    next_at = excluded.next_at,
    held_until = excluded.held_until;

-- name: insert_pages!
INSERT INTO page (id, person_id, division, occasion, items, created_at)
SELECT id, person_id, division, occasion, items, :now
FROM unnest(:ids ::uuid[], :person_ids ::uuid[], :divisions ::text[], :occasions ::text[], :items ::int[])
    AS row (id, person_id, division, occasion, items);

-- name: insert_items!
INSERT INTO page_item (page_id, clock_id, occasion, step_due_at, rung, found_in)
SELECT page_id, clock_id, occasion, step_due_at, rung, found_in
FROM unnest(
    :page_ids ::uuid[], :clock_ids ::uuid[], :occasions ::text[], :step_due_ats ::timestamptz[],
    :rungs ::smallint[], :found_ins ::text[]
) AS row (page_id, clock_id, occasion, step_due_at, rung, found_in);

-- name: insert_deliveries!
INSERT INTO delivery (page_id, person_id, state, next_attempt_at)
SELECT page_id, person_id, 'pending', :now
FROM unnest(:page_ids ::uuid[], :person_ids ::uuid[]) AS row (page_id, person_id);

-- name: climb_due
-- Asks for the next rung of every climb whose wait is over; a clock that is closed ends its climb instead.
-- Climbs that found nobody stand in line by themselves, so that however many they are, the others do not wait.
-- LIMIT is a plain number here and in the other claims: with a parameter the plan is for a tenth of the table.
WITH due AS (
    UPDATE climb SET next_at = NULL
    WHERE clock_id = ANY(ARRAY(
        SELECT clock_id FROM climb
        WHERE (rung IS NULL) = :nobody_found ::boolean AND next_at <= :now
        ORDER BY next_at LIMIT 5000 FOR UPDATE SKIP LOCKED
    ))
    RETURNING clock_id, occasion, step_due_at, next_rung
), asked AS (
    INSERT INTO page_request (clock_id, occasion, rung, step_due_at, division, created_at)
    SELECT due.clock_id, due.occasion, due.next_rung, due.step_due_at, clock.division, :now
    FROM due
    JOIN clock ON clock.id = due.clock_id
    WHERE clock.stopped_at IS NULL AND clock.voided_at IS NULL
    RETURNING id
)
SELECT (SELECT count(*) FROM due) AS due, (SELECT count(*) FROM asked) AS asked;

-- name: next_climb_at
SELECT min(next_at) FROM climb WHERE (rung IS NULL) = :nobody_found ::boolean AND next_at IS NOT NULL;

-- name: oldest_waiting_request
SELECT min(created_at) FROM page_request WHERE composed_at IS NULL;

-- name: open_gaps
-- Opens a gap for each post and division, or counts further clocks into the one that is open.
INSERT INTO duty_gap (id, post, division, search_from, rung, clocks, opened_at, last_seen_at)
SELECT id, post, division, search_from, rung, clocks, :now, :now
FROM unnest(
    :ids ::uuid[], :posts ::text[], :divisions ::text[], :search_froms ::text[], :rungs ::smallint[], :clocks ::int[]
) AS row (id, post, division, search_from, rung, clocks)
ON CONFLICT (post, division) WHERE closed_at IS NULL DO UPDATE SET
    last_seen_at = excluded.last_seen_at,
    clocks = duty_gap.clocks + excluded.clocks
RETURNING id, post, division, rung;

-- name: list_open_gaps
SELECT id, post, division, search_from, rung, clocks, opened_at, last_seen_at
FROM duty_gap
WHERE closed_at IS NULL AND division >= :low AND division < :high
ORDER BY opened_at DESC, id
LIMIT 1000;

-- name: close_gaps!
UPDATE duty_gap SET closed_at = :now WHERE id = ANY(:ids ::uuid[]) AND closed_at IS NULL;

-- name: lock_page
-- Not a full lock: an attempt that refers to the page may be written meanwhile.
SELECT p.id, p.person_id, p.division, p.occasion, p.items, p.created_at, p.acknowledged_at, p.acknowledged_by,
       p.acknowledged_via, d.key AS person_key, d.name AS person_name, d.language
FROM page p
JOIN duty_person d ON d.id = p.person_id
WHERE p.id = :page_id
FOR NO KEY UPDATE OF p;

-- name: find_page
SELECT p.id, p.person_id, p.division, p.occasion, p.items, p.created_at, p.acknowledged_at, p.acknowledged_by,
       p.acknowledged_via, d.key AS person_key, d.name AS person_name, d.language, v.state AS delivery_state,
       n.kind AS notice_kind, n.role AS notice_role, n.subject AS notice_subject
FROM page p
JOIN duty_person d ON d.id = p.person_id
JOIN delivery v ON v.page_id = p.id
LEFT JOIN page_notice n ON n.page_id = p.id
WHERE p.id = :page_id;

-- name: list_pages
SELECT p.id, p.person_id, p.division, p.occasion, p.items, p.created_at, p.acknowledged_at, p.acknowledged_by,
       p.acknowledged_via, d.key AS person_key, d.name AS person_name, d.language, v.state AS delivery_state,
       n.kind AS notice_kind, n.role AS notice_role, n.subject AS notice_subject
FROM page p
JOIN duty_person d ON d.id = p.person_id
JOIN delivery v ON v.page_id = p.id
LEFT JOIN page_notice n ON n.page_id = p.id
WHERE p.division >= :low AND p.division < :high
  AND (:person ::text IS NULL OR d.key = :person)
  AND (:acknowledged ::boolean IS NULL OR (p.acknowledged_at IS NOT NULL) = :acknowledged)
  AND (:occasion ::text IS NULL OR p.occasion = :occasion)
  AND (:delivery ::text IS NULL OR v.state = :delivery)
  AND (:since ::timestamptz IS NULL OR p.created_at >= :since)
  AND (:clock_id ::uuid IS NULL OR EXISTS (
      SELECT FROM page_item i WHERE i.page_id = p.id AND i.clock_id = :clock_id
  ))
  AND (:after_at ::timestamptz IS NULL OR (p.created_at, p.id) < (:after_at, :after_id ::uuid))
ORDER BY p.created_at DESC, p.id DESC
LIMIT :most ::int;

-- name: page_items
SELECT i.clock_id, i.occasion, i.step_due_at, i.rung, i.found_in, c.rule_id, c.rule_version, c.subject, c.division,
       c.due_at, c.stopped_at IS NULL AND c.voided_at IS NULL AS is_open
FROM page_item i
JOIN clock c ON c.id = i.clock_id
WHERE i.page_id = :page_id
ORDER BY c.due_at, i.clock_id;

-- name: mark_acknowledged!
UPDATE page SET acknowledged_at = :now, acknowledged_by = :by, acknowledged_via = :via
WHERE id = :page_id AND acknowledged_at IS NULL;

-- name: cancel_delivery!
UPDATE delivery SET state = 'cancelled', next_attempt_at = NULL, finished_at = :now
WHERE page_id = :page_id AND state = 'pending';

-- name: due_deliveries
-- Gateways and people that are at their bound are passed over, so that they delay nobody behind them.
SELECT d.page_id, d.person_id, d.channel_position, d.attempts, c.kind, c.gateway, c.text_limit, c.sealed
FROM delivery d
LEFT JOIN duty_channel c ON c.person_id = d.person_id AND c.position = d.channel_position
WHERE d.state = 'pending' AND d.next_attempt_at <= :now
  AND d.person_id <> ALL(:busy_people ::uuid[])
  AND (c.gateway IS NULL OR c.gateway <> ALL(:busy_gateways ::bytea[]))
ORDER BY d.next_attempt_at
LIMIT 64
FOR UPDATE OF d SKIP LOCKED;

-- name: next_delivery_at
SELECT min(next_attempt_at) FROM delivery WHERE state = 'pending';

-- name: start_deliveries!
UPDATE delivery SET state = 'sending', attempts = attempts + 1, next_attempt_at = NULL, lease_until = :lease_until
WHERE page_id = ANY(:page_ids ::uuid[]);

-- name: insert_attempts!
INSERT INTO delivery_attempt (id, page_id, number, channel_position, channel_kind, state, started_at)
SELECT id, page_id, number, channel_position, channel_kind, 'pending', :now
FROM unnest(
    :ids ::uuid[], :page_ids ::uuid[], :numbers ::smallint[], :channel_positions ::smallint[], :channel_kinds ::text[]
) AS row (id, page_id, number, channel_position, channel_kind);

-- name: lock_delivery
SELECT d.page_id, d.person_id, d.state, d.channel_position, d.attempts, p.acknowledged_at, p.created_at,
       (SELECT count(*) FROM duty_channel c WHERE c.person_id = d.person_id) AS channels
FROM delivery d
JOIN page p ON p.id = d.page_id
WHERE d.page_id = :page_id
FOR UPDATE OF d;

-- name: finish_attempt!
-- A late "accepted" corrects an "unknown" that the lease had written; nothing else is ever changed.
UPDATE delivery_attempt SET state = :state, reason = :reason, finished_at = :now
WHERE page_id = :page_id AND number = :number
  AND (state = 'pending' OR (state = 'unknown' AND :state ::text = 'accepted'));

-- name: attempts_of_page
SELECT number, channel_position, channel_kind, state, reason, started_at, finished_at
FROM delivery_attempt
WHERE page_id = :page_id
ORDER BY number;

-- name: save_delivery!
UPDATE delivery SET state = :state, channel_position = :channel_position, next_attempt_at = :next_attempt_at,
    lease_until = NULL, finished_at = :finished_at
WHERE page_id = :page_id;

-- name: lapsed_deliveries
SELECT page_id, attempts
FROM delivery
WHERE state = 'sending' AND lease_until <= :now
ORDER BY lease_until
LIMIT 200;

-- name: reached_clocks
-- Clocks of a page of which somebody else on the same rung was reached, or may yet be.
SELECT DISTINCT other.clock_id
FROM page_item own
JOIN page_item other
    ON other.clock_id = own.clock_id AND other.step_due_at = own.step_due_at AND other.rung = own.rung
JOIN delivery d ON d.page_id = other.page_id
WHERE own.page_id = :page_id AND other.page_id <> own.page_id AND d.state <> 'exhausted';

-- name: count_deliveries
-- Those that have not come to an end; the others are counted as they end.
SELECT state, count(*) AS pages FROM delivery WHERE state = 'pending' GROUP BY state
UNION ALL
SELECT state, count(*) AS pages FROM delivery WHERE state = 'sending' GROUP BY state;

-- name: oldest_unacknowledged
-- The oldest page that nobody has answered although a clock on it is still open.
SELECT p.created_at
FROM page p
WHERE p.acknowledged_at IS NULL
  AND EXISTS (
      SELECT FROM page_item i JOIN clock c ON c.id = i.clock_id
      WHERE i.page_id = p.id AND c.stopped_at IS NULL AND c.voided_at IS NULL
  )
ORDER BY p.created_at
LIMIT 1;

-- name: count_open_gaps
SELECT count(*) FROM duty_gap WHERE closed_at IS NULL;

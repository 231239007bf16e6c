-- The queries of the clock engine. SQL moves what the rules have decided; it decides nothing.

-- name: put_policy_version!
INSERT INTO policy_version (pack_id, version, content_hash, document, stored_at)
VALUES (:pack_id, :version, :content_hash, :document::jsonb, :now)
ON CONFLICT (pack_id, version) DO NOTHING

-- name: list_policy_versions
SELECT pack_id, version, content_hash, document
FROM policy_version
WHERE pack_id = :pack_id
ORDER BY version

-- name: insert_clocks
INSERT INTO clock (
    id, started_at, due_at, stopped_at, voided_at, reference_at,
    start_event_id, stop_event_id, void_event_id, rule_version,
    rule_id, subject, pack_id, division, owner, institution, void_reason, voided_by,
    step_instants, step_kinds, step_rungs
)
SELECT
    id, started_at, due_at, stopped_at, voided_at, reference_at,
    start_event_id, stop_event_id, void_event_id, rule_version,
    rule_id, subject, pack_id, division, owner, institution, void_reason, voided_by,
    step_instants::timestamptz[], step_kinds::text[], step_rungs::smallint[]
FROM unnest(
    :ids::uuid[], :started_ats::timestamptz[], :due_ats::timestamptz[],
    :stopped_ats::timestamptz[], :voided_ats::timestamptz[], :reference_ats::timestamptz[],
    :start_event_ids::uuid[], :stop_event_ids::uuid[], :void_event_ids::uuid[], :rule_versions::integer[],
    :rule_ids::text[], :subjects::text[], :pack_ids::text[], :divisions::text[], :owners::text[],
    :institutions::text[], :void_reasons::text[], :voided_bys::text[],
    :step_instants::text[], :step_kinds::text[], :step_rungs::text[]
) AS new (
    id, started_at, due_at, stopped_at, voided_at, reference_at,
    start_event_id, stop_event_id, void_event_id, rule_version,
    rule_id, subject, pack_id, division, owner, institution, void_reason, voided_by,
    step_instants, step_kinds, step_rungs
)
ON CONFLICT (id) DO NOTHING
RETURNING id, number

-- name: update_clocks!
UPDATE clock
SET started_at = new.started_at,
    due_at = new.due_at,
    stopped_at = new.stopped_at,
    voided_at = new.voided_at,
    reference_at = new.reference_at,
    start_event_id = new.start_event_id,
    stop_event_id = new.stop_event_id,
    void_event_id = new.void_event_id,
    rule_version = new.rule_version,
    pack_id = new.pack_id,
    division = new.division,
    owner = new.owner,
    institution = new.institution,
    void_reason = new.void_reason,
    voided_by = new.voided_by,
    step_instants = new.step_instants::timestamptz[],
    step_kinds = new.step_kinds::text[],
    step_rungs = new.step_rungs::smallint[]
FROM unnest(
    :ids::uuid[], :started_ats::timestamptz[], :due_ats::timestamptz[],
    :stopped_ats::timestamptz[], :voided_ats::timestamptz[], :reference_ats::timestamptz[],
    :start_event_ids::uuid[], :stop_event_ids::uuid[], :void_event_ids::uuid[], :rule_versions::integer[],
    :pack_ids::text[], :divisions::text[], :owners::text[],
    :institutions::text[], :void_reasons::text[], :voided_bys::text[],
    :step_instants::text[], :step_kinds::text[], :step_rungs::text[]
) AS new (
    id, started_at, due_at, stopped_at, voided_at, reference_at,
    start_event_id, stop_event_id, void_event_id, rule_version,
    pack_id, division, owner, institution, void_reason, voided_by,
    step_instants, step_kinds, step_rungs
)
WHERE clock.id = new.id

-- name: lock_clocks
SELECT
    id, number, started_at, due_at, stopped_at, voided_at, reference_at,
    start_event_id, stop_event_id, void_event_id, rule_version,
    rule_id, subject, pack_id, division, owner, institution, void_reason, voided_by,
    step_instants, step_kinds, step_rungs
FROM clock
WHERE id = ANY(:ids::uuid[])
ORDER BY id
FOR NO KEY UPDATE

-- Waits for a firing that is under way, and keeps others from starting.
-- name: lock_timers
SELECT number, next_step
FROM clock_timer
WHERE number = ANY(:numbers::bigint[])
ORDER BY number
FOR UPDATE

-- name: set_timers!
INSERT INTO clock_timer (number, clock_id, next_step_at, armed_at, next_step)
SELECT number, clock_id, next_step_at, :armed_at, next_step
FROM unnest(:numbers::bigint[], :clock_ids::uuid[], :next_step_ats::timestamptz[], :next_steps::smallint[])
    AS new (number, clock_id, next_step_at, next_step)
ON CONFLICT (number) DO UPDATE
SET next_step_at = excluded.next_step_at, armed_at = excluded.armed_at, next_step = excluded.next_step, fault = NULL

-- name: drop_timers!
DELETE FROM clock_timer WHERE number = ANY(:numbers::bigint[])

-- name: insert_facts
INSERT INTO clock_fact (
    clock_id, kind, event_id, event_type, division, occurred_at, recorded_at, received_at,
    reference_at, institution, reason, name
)
SELECT
    clock_id, kind, event_id, event_type, division, occurred_at, recorded_at, received_at,
    reference_at, institution, reason, name
FROM unnest(
    :clock_ids::uuid[], :kinds::text[], :event_ids::uuid[], :event_types::text[], :divisions::text[],
    :occurred_ats::timestamptz[], :recorded_ats::timestamptz[], :received_ats::timestamptz[],
    :reference_ats::timestamptz[], :institutions::text[], :reasons::text[], :names::text[]
) AS new (
    clock_id, kind, event_id, event_type, division, occurred_at, recorded_at, received_at,
    reference_at, institution, reason, name
)
ON CONFLICT (clock_id, kind, event_id) DO NOTHING
RETURNING clock_id, kind, event_id

-- name: list_facts
SELECT
    clock_id, kind, event_id, event_type, fact.division, occurred_at, recorded_at, received_at,
    fact.reference_at, fact.institution, reason, name, rule_id, subject
FROM clock_fact AS fact
JOIN clock ON clock.id = fact.clock_id
WHERE clock_id = ANY(:clock_ids::uuid[])
ORDER BY occurred_at, event_id

-- The claim locks timers alone and skips those that another process holds; whoever merges facts into a clock
-- locks its timer too. Its LIMIT is a plain number: with a parameter PostgreSQL plans for a tenth of the table.
-- name: claim_due_timers
SELECT number
FROM clock_timer
WHERE next_step_at <= :now
ORDER BY next_step_at
LIMIT 1000
FOR UPDATE SKIP LOCKED

-- name: claim_timer
SELECT number
FROM clock_timer
WHERE number = :number AND next_step_at <= :now
FOR UPDATE SKIP LOCKED

-- Fires claimed timers. It is a statement after the claim so that it sees what was committed before the lock was
-- got, and reads `number = ANY(…)` so that it stays on indexes whatever the statistics say after a burst.
-- width_bucket counts the steps that are due at :now; they are in order of time.
-- name: fire_claimed
WITH due AS MATERIALIZED (
    SELECT timer.number, timer.next_step, timer.armed_at,
        clock.id, clock.due_at, clock.rule_id, clock.subject, clock.division,
        clock.step_instants, clock.step_kinds, clock.step_rungs,
        width_bucket(:now::timestamptz, clock.step_instants) AS fired_until
    FROM clock_timer AS timer
    JOIN clock ON clock.id = timer.clock_id
    WHERE timer.number = ANY(:numbers::bigint[])
), ended AS (
    DELETE FROM clock_timer
    WHERE number = ANY(ARRAY(SELECT number FROM due WHERE fired_until >= cardinality(step_instants)))
), moved AS (
    UPDATE clock_timer
    SET next_step = due.fired_until, next_step_at = due.step_instants[due.fired_until + 1], fault = NULL
    FROM due
    WHERE clock_timer.number = ANY(ARRAY(SELECT number FROM due WHERE fired_until < cardinality(step_instants)))
        AND clock_timer.number = due.number
), fired AS (
    INSERT INTO clock_step (clock_id, step_index, kind, due_at, fired_at, late_seconds)
    SELECT id, place - 1, step_kinds[place], step_instants[place], :now,
        extract(epoch FROM :now - step_instants[place])
    FROM due CROSS JOIN LATERAL generate_series(next_step + 1, fired_until) AS step (place)
), requested AS (
    INSERT INTO page_request (clock_id, occasion, rung, step_due_at, division, created_at)
    SELECT id, step_kinds[place], step_rungs[place], step_instants[place], division, :now
    FROM due CROSS JOIN LATERAL (
        SELECT max(place) AS place
        FROM generate_series(next_step + 1, fired_until) AS step (place)
        WHERE step_rungs[place] > 0
    ) AS severest
    WHERE place IS NOT NULL
)
SELECT id, armed_at, due_at, next_step, rule_id, subject, division,
    step_instants[next_step + 1 : fired_until] AS instants, step_kinds[next_step + 1 : fired_until] AS kinds
FROM due

-- name: list_due_timers
SELECT number, clock_id
FROM clock_timer
WHERE next_step_at <= :now
ORDER BY next_step_at
LIMIT 1000

-- name: push_aside!
UPDATE clock_timer
SET next_step_at = :until, fault = :fault
WHERE number = ANY(:numbers::bigint[])

-- name: find_next_step_at
SELECT min(next_step_at) FROM clock_timer

-- name: put_reporting_day!
INSERT INTO reporting_day (rule_id, day, units, opened_at)
VALUES (:rule_id, :day, :units, :now)
ON CONFLICT (rule_id, day) DO NOTHING

-- name: last_reporting_day
SELECT max(day) FROM reporting_day WHERE rule_id = :rule_id

-- Place 0 is overdue; place n has at least the n-th of the spans left and less than the next one.
-- name: count_open_clocks
SELECT rule_id, left(division, 6) AS district,
    width_bucket(extract(epoch FROM due_at - :now::timestamptz), :left_seconds::numeric[]) AS place,
    count(*) AS clocks, min(due_at) AS oldest_due_at
FROM clock
WHERE started_at IS NOT NULL AND stopped_at IS NULL AND voided_at IS NULL
GROUP BY 1, 2, 3

-- name: count_overdue_by_township
SELECT left(division, 9) AS unit, count(*) AS clocks
FROM clock
WHERE started_at IS NOT NULL AND stopped_at IS NULL AND voided_at IS NULL AND due_at < :now
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT :most

-- name: find_oldest
SELECT
    (SELECT min(next_step_at) FROM clock_timer) AS next_step_at,
    (SELECT count(*) FROM clock_timer WHERE fault IS NOT NULL) AS faulty

-- The states are those of rules/clock_state.py; a test holds the two together.
-- name: list_clocks
SELECT
    clock.id, clock.number, started_at, due_at, stopped_at, voided_at, reference_at,
    start_event_id, stop_event_id, void_event_id, rule_version,
    rule_id, subject, pack_id, division, owner, institution, void_reason, voided_by,
    step_instants, step_kinds, step_rungs, timer.next_step
FROM clock
LEFT JOIN clock_timer AS timer ON timer.number = clock.number
WHERE started_at IS NOT NULL
    AND division >= :lowest AND division < :beyond
    AND (:rule_id::text IS NULL OR rule_id = :rule_id)
    AND (:subject::text IS NULL OR subject = :subject)
    AND (:owner::text IS NULL OR owner = :owner)
    AND (:due_before::timestamptz IS NULL OR due_at < :due_before)
    AND (:after_due_at::timestamptz IS NULL OR (due_at, clock.id) > (:after_due_at, :after_id::uuid))
    AND (
        :state::text IS NULL
        OR (:state = 'running' AND stopped_at IS NULL AND voided_at IS NULL AND due_at >= :now)
        OR (:state = 'breached' AND stopped_at IS NULL AND voided_at IS NULL AND due_at < :now)
        OR (:state = 'met' AND stopped_at <= due_at AND voided_at IS NULL)
        OR (:state = 'met-late' AND stopped_at > due_at AND voided_at IS NULL)
        OR (:state = 'void' AND voided_at IS NOT NULL)
    )
ORDER BY due_at, clock.id
LIMIT :most

-- name: find_clock
SELECT
    clock.id, clock.number, started_at, due_at, stopped_at, voided_at, reference_at,
    start_event_id, stop_event_id, void_event_id, rule_version,
    rule_id, subject, pack_id, division, owner, institution, void_reason, voided_by,
    step_instants, step_kinds, step_rungs, timer.next_step, timer.fault
FROM clock
LEFT JOIN clock_timer AS timer ON timer.number = clock.number
WHERE clock.id = :id AND started_at IS NOT NULL AND division >= :lowest AND division < :beyond

-- name: list_fired_steps
SELECT step_index, kind, due_at, fired_at, late_seconds
FROM clock_step
WHERE clock_id = :clock_id
ORDER BY step_index

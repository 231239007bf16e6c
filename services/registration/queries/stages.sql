-- name: claim_stage_changes
-- Plans whose present stage is over and that have a next one; what another process holds is left to it.
SELECT plan.plan_id, plan.person_id, plan.division, plan.stage, person.division AS home
FROM plan
JOIN person USING (person_id)
WHERE plan.plan_id = ANY(ARRAY(
    SELECT plan_id FROM plan
    WHERE state = 'open' AND stage_last_day < :today ::date AND stage_last_day < last_day AND held_since IS NULL
    ORDER BY stage_last_day, plan_id
    LIMIT :most
    FOR UPDATE SKIP LOCKED
))
ORDER BY plan.plan_id
-- Locked here too, so that what is read is what stands now and not what stood when the statement began.
FOR UPDATE OF plan;

-- name: stages_of_plans
SELECT plan_id, position, kind, first_day, last_day
FROM plan_stage
WHERE plan_id = ANY(:plan_ids ::uuid[])
ORDER BY plan_id, position;

-- name: change_stages!
UPDATE plan AS held
SET stage = row.stage,
    stage_kind = row.kind,
    stage_last_day = row.last_day,
    stage_division = COALESCE(row.division, held.stage_division),
    changed_at = :changed_at
FROM unnest(
    :plan_ids ::uuid[], :stages ::int[], :kinds ::text[], :last_days ::date[], :divisions ::text[]
) AS row (plan_id, stage, kind, last_day, division)
WHERE held.plan_id = row.plan_id;

-- name: claim_handovers_to_request
-- Plans whose last day at a site has come (or was missed) and that nobody was asked to hand over yet.
SELECT plan.plan_id, plan.person_id, person.division, plan.stage_last_day + 1 AS change_on
FROM plan
JOIN person USING (person_id)
WHERE plan.plan_id = ANY(ARRAY(
    SELECT plan_id FROM plan AS held
    WHERE state = 'open' AND stage_last_day <= :until ::date AND stage_last_day < last_day
      AND held_since IS NULL AND stage_kind = ANY(:kinds ::text[])
      AND NOT EXISTS (
          SELECT FROM handover
          WHERE handover.plan_id = held.plan_id
            AND handover.change_on = held.stage_last_day + 1
            AND handover.withdrawn_at IS NULL
      )
      AND EXISTS (
          SELECT FROM plan_stage AS next
          WHERE next.plan_id = held.plan_id AND next.position = held.stage + 1 AND next.kind <> ALL(:kinds)
      )
    ORDER BY stage_last_day, plan_id
    LIMIT :most
    FOR UPDATE SKIP LOCKED
))
ORDER BY plan.plan_id;

-- name: insert_handovers
-- Of a change that has its hand-over already the new id comes back absent.
INSERT INTO handover (handover_id, plan_id, person_id, division, state, change_on, requested_at, leaves_early)
SELECT handover_id, plan_id, person_id, division, 'requested', change_on, :requested_at ::timestamptz, :early ::boolean
FROM unnest(
    :handover_ids ::uuid[], :plan_ids ::uuid[], :person_ids ::uuid[], :divisions ::text[], :change_ons ::date[]
) AS row (handover_id, plan_id, person_id, division, change_on)
ON CONFLICT (plan_id, change_on) WHERE withdrawn_at IS NULL DO UPDATE SET leaves_early = true
WHERE excluded.leaves_early AND NOT handover.leaves_early
RETURNING handover_id;

-- name: never_picked_up
-- Whose last transfer has not begun, or was withdrawn before it began, and who has no room; of people who were
-- parted those as well for whom no transfer was ever decided: it was the other one's.
WITH own AS (
    SELECT * FROM unnest(:owner_ids ::uuid[], :person_ids ::uuid[]) AS row (owner, person_id)
),
last AS (
    SELECT DISTINCT ON (own.owner) own.owner, transfer.picked_up_at, transfer.arrived_at
    FROM own JOIN transfer USING (person_id)
    ORDER BY own.owner, transfer.decided_at DESC, transfer.transfer_id
)
SELECT DISTINCT own.owner
FROM own LEFT JOIN last USING (owner)
WHERE (last.owner IS NOT NULL OR :parted ::boolean)
  AND last.picked_up_at IS NULL AND last.arrived_at IS NULL AND NOT EXISTS (
    SELECT FROM own AS same JOIN room_stay USING (person_id)
    WHERE same.owner = own.owner AND room_stay.ended_at IS NULL
);

-- name: withdraw_handovers
-- Open hand-overs of a change that will not be: the plan has ended, is on hold, or its stages are others; of who
-- was let go early, when they are to stay at the site after all.
UPDATE handover
SET state = 'withdrawn', withdrawn_at = :withdrawn_at
WHERE handover_id = ANY(ARRAY(
    SELECT handover_id FROM handover AS asked
    JOIN plan USING (plan_id)
    WHERE asked.state IN ('requested', 'taken-over')
      AND CASE WHEN asked.leaves_early THEN plan.state = 'open' AND plan.stage_kind = ANY(:kinds ::text[]) ELSE (
          plan.state <> 'open'
          OR (plan.held_since IS NOT NULL AND plan.stage_kind = ANY(:kinds ::text[]))
          OR NOT EXISTS (
              SELECT FROM plan_stage AS site
              WHERE site.plan_id = asked.plan_id
                AND site.last_day = asked.change_on - 1
                AND site.kind = ANY(:kinds)
          )
      ) END
    ORDER BY handover_id
    LIMIT :most
    FOR UPDATE OF asked SKIP LOCKED
))
RETURNING handover_id, plan_id, person_id, division, change_on;

-- name: miss_handovers
-- Open hand-overs whose change has come, each noticed once.
UPDATE handover
SET missed_at = :missed_at
WHERE handover_id = ANY(ARRAY(
    SELECT handover_id FROM handover
    WHERE state IN ('requested', 'taken-over') AND change_on <= :today ::date AND missed_at IS NULL
    ORDER BY handover_id
    LIMIT :most
    FOR UPDATE SKIP LOCKED
))
RETURNING handover_id, plan_id, person_id, division, change_on;

-- name: lock_handover
SELECT handover_id, plan_id, person_id, division, change_on, requested_at, taken_over_at, take_over_recorded_at,
       taken_over_from, confirmed_at, confirmation_recorded_at, confirmed_from, missed_at, withdrawn_at, leaves_early
FROM handover
WHERE handover_id = :handover_id AND division >= :low AND division < :high
FOR UPDATE;

-- name: update_handover!
UPDATE handover
SET state = :state,
    taken_over_at = :taken_over_at,
    take_over_recorded_at = :take_over_recorded_at,
    taken_over_from = :taken_over_from,
    confirmed_at = :confirmed_at,
    confirmation_recorded_at = :confirmation_recorded_at,
    confirmed_from = :confirmed_from
WHERE handover_id = :handover_id;

-- name: list_handovers
SELECT handover_id, plan_id, person_id, division, change_on, requested_at, taken_over_at, take_over_recorded_at,
       taken_over_from, confirmed_at, confirmation_recorded_at, confirmed_from, missed_at, withdrawn_at, leaves_early
FROM handover
WHERE division >= :low AND division < :high
  AND (division, handover_id) > (:after_division ::text, :after_id ::uuid)
  AND (:state ::text IS NULL OR state = :state)
  AND (NOT :missed ::boolean OR (missed_at IS NOT NULL AND state IN ('requested', 'taken-over')))
ORDER BY division, handover_id
LIMIT :most;

-- name: count_missed_handovers
SELECT count(*) FROM handover WHERE state IN ('requested', 'taken-over') AND change_on <= :today ::date;

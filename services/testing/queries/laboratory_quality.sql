-- name: insert_control_run
INSERT INTO control_run (
    laboratory, run, lot, mean_ct, deviation_ct, controls, measured_at, verdict, rules, recorded_at, received_at,
    received_from
)
VALUES (
    :code, :run, :lot, :mean_ct, :deviation_ct, :controls, :measured_at, :verdict, :rules, :recorded_at, :now,
    :received_from
)
ON CONFLICT (laboratory, run) DO NOTHING
RETURNING run;

-- name: find_control_run
SELECT * FROM control_run WHERE laboratory = :code AND run = :run;

-- name: control_runs_before
-- Runs of a lot that were measured before another, the latest first.
SELECT * FROM control_run
WHERE laboratory = :code AND lot = :lot AND measured_at <= :measured_at AND run <> :run
ORDER BY measured_at DESC, run DESC
LIMIT :most;

-- name: control_verdicts_since
-- What the runs since a moment were judged to be, the latest first.
SELECT verdict FROM control_run
WHERE laboratory = :code AND measured_at >= :since
ORDER BY measured_at DESC, run DESC
LIMIT :most;

-- name: list_control_runs
SELECT * FROM control_run
WHERE laboratory = :code AND (measured_at, run) < (:before ::timestamptz, :before_run ::text)
ORDER BY measured_at DESC, run DESC
LIMIT :most;

-- name: insert_round
INSERT INTO proficiency_round (
    laboratory, round, organiser, items, held_at, correct, false_negatives, false_positives, unreported, passed,
    recorded_at, received_at, received_from
)
VALUES (
    :code, :round, :organiser, :items, :held_at, :correct, :false_negatives, :false_positives, :unreported, :passed,
    :recorded_at, :now, :received_from
)
ON CONFLICT (laboratory, round) DO NOTHING
RETURNING round;

-- name: find_round
SELECT * FROM proficiency_round WHERE laboratory = :code AND round = :round;

-- name: list_rounds
SELECT * FROM proficiency_round
WHERE laboratory = :code AND (held_at, round) < (:before ::timestamptz, :before_round ::text)
ORDER BY held_at DESC, round DESC
LIMIT :most;

-- name: insert_suspension!
INSERT INTO laboratory_suspension (
    suspension_id, laboratory, cause, cause_reference, reason_code, suspended_at, suspended_by, recorded_at, received_at
)
VALUES (
    :suspension_id, :laboratory, :cause, :cause_reference, :reason_code, :suspended_at, :suspended_by, :recorded_at,
    :now
);

-- name: open_suspension
SELECT * FROM laboratory_suspension WHERE laboratory = :code AND ended_at IS NULL;

-- name: last_suspension
SELECT * FROM laboratory_suspension WHERE laboratory = :code ORDER BY suspended_at DESC LIMIT 1;

-- name: end_suspension!
UPDATE laboratory_suspension
SET ended_at = :ended_at, ended_by = :ended_by, ended_reason_code = :reason_code, ended_received_at = :now
WHERE suspension_id = :suspension_id AND ended_at IS NULL;

-- name: suspensions_of
-- All suspensions of laboratories, the latest first.
SELECT * FROM laboratory_suspension WHERE laboratory = ANY(:codes ::text[]) ORDER BY suspended_at DESC;

-- name: list_suspensions
SELECT suspension.*, laboratory.division
FROM laboratory_suspension AS suspension
JOIN laboratory USING (laboratory)
WHERE division >= :low AND division < :high
  AND (suspended_at, suspension_id) > (:after_at ::timestamptz, :after_id ::uuid)
  AND (:open ::boolean IS NULL OR (ended_at IS NULL) = :open)
ORDER BY suspended_at, suspension_id
LIMIT :most;

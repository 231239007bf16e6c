-- name: insert_steps
-- Keeps steps that are new; those that are known already come back absent.
INSERT INTO tube_step (
    step_id, kind, tube_code, box, at, recorded_at, received_at, received_from, reach, division, place,
    institution, plate, well, temperature_celsius
)
SELECT step_id, kind, tube_code, box, at, recorded_at, received_at, received_from, reach, division, place,
       institution, plate, well, temperature_celsius
FROM unnest(
    :step_ids ::uuid[], :kinds ::text[], :tube_codes ::text[], :boxes ::text[], :ats ::timestamptz[],
    :recorded_ats ::timestamptz[], :received_ats ::timestamptz[], :received_froms ::text[], :reaches ::text[],
    :divisions ::text[], :places ::text[], :institutions ::text[], :plates ::text[], :wells ::text[],
    :temperatures ::real[]
) AS row (
    step_id, kind, tube_code, box, at,
    recorded_at, received_at, received_from, reach,
    division, place, institution, plate, well,
    temperature_celsius
)
ON CONFLICT (step_id, at) DO NOTHING
RETURNING step_id, at;

-- name: steps_on_record
SELECT tube_step.step_id, kind, tube_code, box, tube_step.at, recorded_at, received_at, received_from, reach,
       division, place, institution, plate, well, temperature_celsius
FROM unnest(:step_ids ::uuid[], :ats ::timestamptz[]) AS row (step_id, at)
JOIN tube_step ON tube_step.step_id = row.step_id AND tube_step.at = row.at;

-- name: steps_of_codes
SELECT step_id, kind, tube_code, box, at, recorded_at, received_at, received_from, reach, division, place,
       institution, plate, well, temperature_celsius
FROM tube_step
WHERE tube_code = ANY(:codes ::text[]) AND at >= :since;

-- name: steps_of_boxes
-- What was told of whole boxes between two instants.
SELECT step_id, kind, tube_code, box, at, recorded_at, received_at, received_from, reach, division, place,
       institution, plate, well, temperature_celsius
FROM tube_step
WHERE box = ANY(:boxes ::text[]) AND tube_code IS NULL AND at >= :since AND at <= :until;

-- name: codes_in_boxes
-- Which tubes, by their codes, were put into the boxes not long before.
SELECT DISTINCT tube_code
FROM unnest(:boxes ::text[], :ats ::timestamptz[]) AS row (box, at)
JOIN tube_step ON tube_step.box = row.box AND tube_step.kind = 'boxed'
    AND tube_step.at >= row.at - :kept ::interval AND tube_step.at <= row.at;

-- name: tubes_that_had
SELECT tube_id, code, division FROM tube WHERE code = ANY(:codes ::text[]);

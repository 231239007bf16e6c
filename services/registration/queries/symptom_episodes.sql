-- name: open_episodes
-- Opens an episode for whoever has none open; the others come back absent.
INSERT INTO symptom_episode (
    episode_id, person_id, division, symptoms, highest_temperature_celsius, opened_at, recorded_at, changed_at
)
SELECT episode_id, person_id, division, string_to_array(symptoms, ' '), temperature, opened_at, recorded_at,
       :changed_at ::timestamptz
FROM unnest(
    :episode_ids ::uuid[], :person_ids ::uuid[], :divisions ::text[], :symptoms ::text[], :temperatures ::float8[],
    :opened_ats ::timestamptz[], :recorded_ats ::timestamptz[]
) AS row (episode_id, person_id, division, symptoms, temperature, opened_at, recorded_at)
ORDER BY person_id
ON CONFLICT DO NOTHING
RETURNING person_id;

-- name: lock_open_episodes
SELECT episode_id, person_id, division, symptoms, highest_temperature_celsius ::float8 AS temperature, opened_at,
       recorded_at, followed_up_at, closed_at, outcome
FROM symptom_episode
WHERE person_id = ANY(:person_ids ::uuid[]) AND closed_at IS NULL
ORDER BY person_id
FOR UPDATE;

-- name: update_episodes!
UPDATE symptom_episode AS held
SET symptoms = string_to_array(row.symptoms, ' '),
    highest_temperature_celsius = row.temperature,
    followed_up_at = row.followed_up_at,
    closed_at = row.closed_at,
    outcome = row.outcome,
    changed_at = :changed_at
FROM unnest(
    :episode_ids ::uuid[], :symptoms ::text[], :temperatures ::float8[], :followed_up_ats ::timestamptz[],
    :closed_ats ::timestamptz[], :outcomes ::text[]
) AS row (episode_id, symptoms, temperature, followed_up_at, closed_at, outcome)
WHERE held.episode_id = row.episode_id;

-- name: lock_episode
SELECT episode_id, person_id, division, symptoms, highest_temperature_celsius ::float8 AS temperature, opened_at,
       recorded_at, followed_up_at, closed_at, outcome
FROM symptom_episode
WHERE episode_id = :episode_id AND division >= :low AND division < :high
FOR UPDATE;

-- name: find_episode
SELECT episode_id, person_id, division, symptoms, highest_temperature_celsius ::float8 AS temperature, opened_at,
       recorded_at, followed_up_at, closed_at, outcome
FROM symptom_episode
WHERE episode_id = :episode_id AND division >= :low AND division < :high;

-- name: append_step
INSERT INTO symptom_step (step_id, episode_id, step, occurred_at, recorded_at, received_at, received_from)
VALUES (:step_id, :episode_id, :step, :occurred_at, :recorded_at, :received_at, :received_from)
ON CONFLICT (step_id) DO NOTHING
RETURNING step_id;

-- name: steps_of
SELECT step, occurred_at, recorded_at, received_at
FROM symptom_step
WHERE episode_id = :episode_id
ORDER BY occurred_at, step_id;

-- name: list_episodes
SELECT episode_id, person_id, division, symptoms, highest_temperature_celsius ::float8 AS temperature, opened_at,
       recorded_at, followed_up_at, closed_at, outcome
FROM symptom_episode
WHERE division >= :low AND division < :high
  AND (division, episode_id) > (:after_division ::text, :after_id ::uuid)
  AND (:of_state ::text IS NULL OR :of_state = CASE
      WHEN closed_at IS NOT NULL THEN 'closed'
      WHEN followed_up_at IS NOT NULL THEN 'followed-up'
      ELSE 'open' END)
ORDER BY division, episode_id
LIMIT :most ::int;

-- name: count_open_episodes
SELECT count(*) FILTER (WHERE followed_up_at IS NULL) AS open,
       count(*) FILTER (WHERE followed_up_at IS NOT NULL) AS followed_up
FROM symptom_episode
WHERE closed_at IS NULL;

-- name: keep_message$
-- Keeps a message as it came; true when it is new, and null when the same one is on record.
INSERT INTO inbound_message (
    message_id, format, received_from, division, sampled_in, received_at, body_sealed,
    outcome, problems, stored, duplicate, refused
)
VALUES (
    :message_id, :format, :received_from, :division, :sampled_in, :received_at, :body_sealed,
    'waiting', '[]', 0, 0, 0
)
ON CONFLICT (message_id) DO UPDATE SET body_sealed = coalesce(inbound_message.body_sealed, excluded.body_sealed)
RETURNING xmax = 0;

-- name: judge_message!
UPDATE inbound_message
SET control_id = :control_id, outcome = :outcome, reason = :reason, problems = :problems ::jsonb,
    stored = :stored, duplicate = :duplicate, refused = :refused, judged_at = :judged_at
WHERE message_id = :message_id;

-- name: find_message^
SELECT message_id, format, control_id, received_from, division, sampled_in, received_at, body_sealed,
       outcome, reason, problems, stored, duplicate, refused, judged_at
FROM inbound_message
WHERE message_id = :message_id AND division >= :low AND division < :high;

-- name: list_messages
SELECT message_id, format, control_id, received_from, division, sampled_in, received_at, NULL AS body_sealed,
       outcome, reason, problems, stored, duplicate, refused, judged_at
FROM inbound_message
WHERE division >= :low AND division < :high AND (division, message_id) > (:after_division ::text, :after_id ::uuid)
    AND (:outcome ::text IS NULL OR outcome = :outcome)
ORDER BY division, message_id
LIMIT :most;

-- name: waiting_messages
-- Messages whose judging was broken off: whoever took them in is gone.
SELECT message_id, division FROM inbound_message
WHERE outcome = 'waiting' AND received_at <= :before
ORDER BY received_at
LIMIT :most;

-- name: forget_bodies!
-- Lets go of what came: of messages that were taken whole, and of all that are old.
UPDATE inbound_message SET body_sealed = NULL
WHERE message_id IN (
    SELECT message_id FROM inbound_message
    WHERE body_sealed IS NOT NULL
        AND (received_at <= :all_before OR (received_at <= :taken_before AND outcome = 'taken'))
    LIMIT :most
);

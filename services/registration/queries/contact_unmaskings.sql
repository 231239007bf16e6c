-- name: append_unmasking!
INSERT INTO contact_unmasking (
    unmasking_id, kind, subject, division, fields, reason, unmasked_at, unmasked_by, request_id
)
VALUES (
    :id, :kind, :subject, :division, :fields ::text[], :reason, :unmasked_at, :unmasked_by, :request_id
);

-- name: list_unmaskings
SELECT unmasking_id, kind, subject, division, fields, reason, unmasked_at, unmasked_by, request_id
FROM contact_unmasking
WHERE division >= :low AND division < :high
  AND (:kind ::text IS NULL OR kind = :kind)
  AND (:subject ::text IS NULL OR subject = :subject)
  AND (unmasked_at, unmasking_id) > (:after_at ::timestamptz, :after_id ::uuid)
ORDER BY unmasked_at, unmasking_id
LIMIT :most;

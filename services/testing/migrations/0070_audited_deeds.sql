-- suspensions of laboratories, and due tests taken back by hand, are in the audit trail
-- depends: 0061_same_people 0041_laboratory_quality 0016_dropped_by_hand

-- migrate: apply
SELECT audit_inserts(
    'laboratory_suspension', 'laboratory-suspended',
    '{"id": "suspension_id", "at": "received_at", "by": "suspended_by", "laboratory": "laboratory", "cause": "cause", "reason_code": "reason_code"}',
    'true'
);

SELECT audit_when(
    'laboratory_suspension', 'UPDATE', 'laboratory-suspension-ended',
    '{"id": "suspension_id", "at": "ended_received_at", "by": "ended_by", "laboratory": "laboratory", "reason_code": "ended_reason_code"}',
    'NEW.ended_at IS DISTINCT FROM OLD.ended_at'
);

SELECT audit_inserts(
    'due_drop', 'due-test-dropped', '{"id": "due_id", "at": "dropped_at", "by": "received_from"}', 'true'
);

-- migrate: rollback
-- forward only

-- dead letters that were sent again or dropped are in the audit trail
-- depends: 0003_outbox_headers_as_lines

-- migrate: apply
SELECT audit_when(
    'dead_letter', 'UPDATE', 'dead-letter-replayed',
    '{"id": "id", "at": "replayed_at", "consumer": "consumer", "stream": "stream", "message": "sequence", "subject": "subject"}',
    'NEW.replayed_at IS DISTINCT FROM OLD.replayed_at'
);

SELECT audit_when(
    'dead_letter', 'DELETE', 'dead-letter-dropped',
    '{"id": "id", "consumer": "consumer", "stream": "stream", "message": "sequence", "subject": "subject"}',
    'true'
);

-- migrate: rollback
-- forward only

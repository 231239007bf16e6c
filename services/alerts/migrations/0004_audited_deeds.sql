-- clocks that were voided by hand, versions of the policy and the duty roster are in the audit trail
-- depends: 0003_figures_by_district

-- migrate: apply
SELECT audit_inserts(
    'clock_fact', 'clock-voided',
    '{"id": "event_id", "at": "received_at", "clock": "clock_id", "division": "division"}',
    'NEW.kind = ''void'' AND NEW.event_type = ''alerts.clock-withdrawn-by-hand'''
);

SELECT audit_inserts(
    'policy_version', 'policy-taken-up',
    '{"pack": "pack_id", "version": "version", "content_hash": "content_hash", "at": "stored_at"}', 'true'
);

SELECT audit_inserts(
    'duty_person', 'duty-person-entered',
    '{"id": "id", "at": "recorded_at", "division": "division", "working": "working"}', 'true'
);

SELECT audit_when(
    'duty_person', 'UPDATE', 'duty-person-changed',
    '{"id": "id", "at": "recorded_at", "division": "division", "working": "working"}', 'OLD.* IS DISTINCT FROM NEW.*'
);

SELECT audit_when('duty_person', 'DELETE', 'duty-person-removed', '{"id": "id", "division": "division"}', 'true');

SELECT audit_inserts(
    'duty_shift', 'shift-entered',
    '{"id": "id", "at": "recorded_at", "post": "post", "division": "division", "person": "person_id", "from": "from_at", "until": "until_at"}',
    'true'
);

SELECT audit_when(
    'duty_shift', 'UPDATE', 'shift-changed',
    '{"id": "id", "at": "recorded_at", "post": "post", "division": "division", "person": "person_id", "from": "from_at", "until": "until_at"}',
    'OLD.* IS DISTINCT FROM NEW.*'
);

SELECT audit_when(
    'duty_shift', 'DELETE', 'shift-removed',
    '{"id": "id", "post": "post", "division": "division", "person": "person_id", "from": "from_at", "until": "until_at"}',
    'true'
);

-- migrate: rollback
-- forward only

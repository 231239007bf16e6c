-- what in this service must not be undone unseen is in the audit trail, and what happened before is taken into it
-- depends: 0098_charges_of_staff 0097_recoveries_of_disease_control 0079_withdrawals 0045_early_handovers 0043_contact_unmaskings 0072_gatherings 0070_places 0032_release_certificates

-- migrate: apply
SELECT audit_inserts(
    'person_unmasking', 'person-unmasked',
    '{"id": "unmasking_id", "at": "unmasked_at", "by": "unmasked_by", "person": "person_id", "division": "division", "fields": "fields", "request": "request_id"}',
    'true'
);

SELECT audit_inserts(
    'contact_unmasking', 'contact-unmasked',
    '{"id": "unmasking_id", "at": "unmasked_at", "by": "unmasked_by", "kind": "kind", "subject": "subject", "division": "division", "fields": "fields", "request": "request_id"}',
    'true'
);

SELECT audit_inserts(
    'person_decision', 'people-decided',
    '{"id": "decision_id", "at": "decided_at", "by": "decided_by", "kind": "kind", "person": "person_id", "other": "other_id", "undoes": "undoes", "division": "division"}',
    'true'
);

SELECT audit_inserts(
    'person_statement', 'person-corrected',
    '{"id": "statement_id", "at": "received_at", "by": "received_from", "person": "person_id", "division": "division", "fields": "fields"}',
    'NEW.kind = ''corrected'''
);

SELECT audit_inserts(
    'person_recovery', 'recovery-stated',
    '{"id": "recovery_id", "at": "received_at", "by": "received_from", "kind": "kind", "person": "person_id", "division": "division", "institution": "institution"}',
    'true'
);

SELECT audit_inserts(
    'release_certificate', 'released-by-hand',
    '{"id": "number", "at": "issued_at", "by": "issued_from", "person": "person_id", "plan": "plan_id", "division": "division", "content_hash": "content_hash"}',
    'NEW.issued_from <> ''duty:release-complete'''
);

SELECT audit_inserts(
    'handover', 'handed-over-early',
    '{"id": "handover_id", "at": "requested_at", "person": "person_id", "plan": "plan_id", "division": "division"}',
    'NEW.leaves_early'
);

SELECT audit_inserts(
    'return_withdrawal', 'return-withdrawn',
    '{"id": "return_id", "at": "received_at", "by": "received_from"}', 'true'
);

SELECT audit_inserts(
    'sample_withdrawal', 'result-withdrawn',
    '{"id": "sample_id", "at": "received_at", "by": "received_from", "result": "result"}', 'true'
);

SELECT audit_inserts(
    'gathering_decision', 'gathering-decided',
    '{"id": "decision_id", "at": "received_at", "by": "received_from", "gathering": "gathering_id", "decision": "decision"}',
    'true'
);

SELECT audit_inserts(
    'place_closure', 'place-closed-or-opened',
    '{"id": "closure_id", "at": "received_at", "by": "received_from", "place": "place_id", "closed": "closed"}', 'true'
);

-- migrate: rollback
-- forward only

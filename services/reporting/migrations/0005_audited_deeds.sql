-- who has events sent to which address, and every new secret, is in the audit trail
-- depends: 0004_webhooks

-- migrate: apply
SELECT audit_inserts(
    'webhook', 'webhook-made',
    '{"id": "webhook_id", "at": "created_at", "by": "created_by", "division": "division", "events": "events"}', 'true'
);

SELECT audit_when(
    'webhook', 'UPDATE', 'webhook-changed',
    '{"id": "webhook_id", "at": "changed_at", "division": "division", "events": "events", "state": "state"}',
    'NEW.state <> OLD.state OR NEW.url <> OLD.url OR NEW.events <> OLD.events OR NEW.division <> OLD.division OR NEW.created_by <> OLD.created_by'
);

SELECT audit_when(
    'webhook', 'UPDATE', 'webhook-secret-rotated',
    '{"id": "webhook_id", "at": "changed_at", "division": "division", "former_until": "former_until"}',
    'NEW.former_until IS DISTINCT FROM OLD.former_until'
);

SELECT audit_when('webhook', 'DELETE', 'webhook-removed', '{"id": "webhook_id", "division": "division"}', 'true');

-- migrate: rollback
-- forward only

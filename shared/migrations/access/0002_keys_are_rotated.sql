-- a key whose secret is replaced: the former one holds until its day; and what becomes of keys is in the audit trail
-- depends: 0001_api_key

-- migrate: apply
ALTER TABLE access.api_key ADD COLUMN former_secret_hash bytea CHECK (octet_length(former_secret_hash) = 32);
ALTER TABLE access.api_key ADD COLUMN former_until timestamptz;
ALTER TABLE access.api_key ADD CHECK ((former_secret_hash IS NULL) = (former_until IS NULL));

COMMENT ON COLUMN access.api_key.former_until IS 'Until when the secret before the present one is still taken.';

SELECT audit_inserts(
    'api_key', 'key-made',
    '{"id": "id", "at": "created_at", "division": "division", "scopes": "scopes", "expires_at": "expires_at"}', 'true'
);

SELECT audit_when(
    'api_key', 'UPDATE', 'key-revoked', '{"id": "id", "at": "revoked_at", "division": "division"}',
    'NEW.revoked_at IS DISTINCT FROM OLD.revoked_at'
);

SELECT audit_when(
    'api_key', 'UPDATE', 'key-rotated', '{"id": "id", "division": "division", "former_until": "former_until"}',
    'NEW.secret_hash IS DISTINCT FROM OLD.secret_hash OR NEW.former_secret_hash IS DISTINCT FROM OLD.former_secret_hash'
);

SELECT audit_when(
    'api_key', 'UPDATE', 'key-changed',
    '{"id": "id", "division": "division", "scopes": "scopes", "expires_at": "expires_at"}',
    'NEW.id IS DISTINCT FROM OLD.id OR NEW.division IS DISTINCT FROM OLD.division OR NEW.scopes IS DISTINCT FROM OLD.scopes OR NEW.expires_at IS DISTINCT FROM OLD.expires_at'
);

SELECT audit_when('api_key', 'DELETE', 'key-deleted', '{"id": "id", "division": "division"}', 'true');

-- migrate: rollback
-- forward only

-- the keys that systems and people call with; a key's secret is stored as its SHA-256 only
-- depends:

-- migrate: apply
CREATE TABLE access.api_key (
    id            text PRIMARY KEY,
    name          text NOT NULL,
    division      text COLLATE "C" NOT NULL,
    scopes        text[] NOT NULL,
    secret_hash   bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz,
    revoked_at    timestamptz,
    last_used_at  timestamptz
);

COMMENT ON COLUMN access.api_key.last_used_at IS 'to the hour: written at most once an hour for each key';

-- A service may read keys and note their use, and nothing else: hence a function with its owner's rights.
CREATE FUNCTION access.note_key_use(key_id text, used_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
AS 'UPDATE access.api_key SET last_used_at = used_at
    WHERE id = key_id AND (last_used_at IS NULL OR last_used_at < used_at - interval ''1 hour'')';

-- migrate: rollback
-- forward only

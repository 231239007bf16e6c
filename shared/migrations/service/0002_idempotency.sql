-- answers kept for a day, so that a POST repeated under the same Idempotency-Key is carried out once
-- depends: 0001_outbox_and_dead_letters

-- migrate: apply
CREATE TABLE idempotency (
    principal      text NOT NULL,
    key            text NOT NULL,
    route          text NOT NULL,
    request_hash   bytea NOT NULL,
    attempt        uuid NOT NULL,
    claimed_at     timestamptz NOT NULL,
    lease_ends_at  timestamptz NOT NULL,
    completed_at   timestamptz,
    status         smallint,
    headers        jsonb,
    body           bytea,
    PRIMARY KEY (principal, key),
    CHECK ((completed_at IS NULL) = (status IS NULL) AND (status IS NULL) = (body IS NULL))
);

CREATE INDEX idempotency_claimed_at ON idempotency (claimed_at);

-- migrate: rollback
-- forward only

-- what every service's schema holds besides its own tables: events to be sent, messages put aside
-- depends:

-- migrate: apply
CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    uuid NOT NULL,
    subject     text NOT NULL,
    headers     jsonb NOT NULL,
    body        bytea NOT NULL,
    created_at  timestamptz NOT NULL
);

CREATE TABLE dead_letter (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream        text NOT NULL,
    sequence      bigint NOT NULL,
    consumer      text NOT NULL,
    subject       text NOT NULL,
    headers       jsonb NOT NULL,
    body          bytea NOT NULL,
    reason        text NOT NULL,
    problems      jsonb NOT NULL,
    put_aside_at  timestamptz NOT NULL,
    replayed_at   timestamptz,
    UNIQUE (consumer, stream, sequence)
);

-- migrate: rollback
-- forward only

-- webhooks: who wants to be told of which events of which subtree, and every attempt to tell them
-- depends: 0003_append_only

-- migrate: apply
CREATE TABLE webhook (
    webhook_id       uuid PRIMARY KEY,
    division         text COLLATE "C" NOT NULL,
    url              text NOT NULL,
    events           text[] NOT NULL CHECK (cardinality(events) > 0),
    secret_sealed    bytea NOT NULL,
    former_secret_sealed bytea,
    former_until     timestamptz,
    state            text NOT NULL CHECK (state IN ('active', 'paused')),
    reason           text,
    created_at       timestamptz NOT NULL,
    created_by       text NOT NULL,
    changed_at       timestamptz NOT NULL
);

COMMENT ON TABLE webhook IS 'Times are real, also in a drill: networks know none.';
COMMENT ON COLUMN webhook.created_by IS 'The key that asked for it; when it is revoked or expires, nothing is sent any more.';
COMMENT ON COLUMN webhook.events IS 'Types of events, or all of a service: `reporting.*`.';

CREATE INDEX webhook_division ON webhook (division, webhook_id);
CREATE UNIQUE INDEX webhook_once ON webhook (created_by, division, url, events);

CREATE TABLE webhook_delivery (
    delivery_id      uuid PRIMARY KEY,
    webhook_id       uuid NOT NULL REFERENCES webhook ON DELETE CASCADE,
    event_type       text NOT NULL,
    division         text COLLATE "C" NOT NULL,
    body             bytea NOT NULL,
    state            text NOT NULL CHECK (state IN ('pending', 'delivered', 'exhausted')),
    attempts         integer NOT NULL DEFAULT 0,
    next_attempt_at  timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    delivered_at     timestamptz
);

COMMENT ON COLUMN webhook_delivery.delivery_id IS 'Follows from webhook and event, so that an event that comes twice is told once; the receiver sees it as webhook-id.';

CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_attempt_at) WHERE state = 'pending';
CREATE INDEX webhook_delivery_newest ON webhook_delivery (webhook_id, created_at DESC, delivery_id DESC);
CREATE INDEX webhook_delivery_old ON webhook_delivery (created_at) WHERE state <> 'pending';

CREATE TABLE webhook_attempt (
    delivery_id   uuid NOT NULL REFERENCES webhook_delivery ON DELETE CASCADE,
    attempt       integer NOT NULL,
    started_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    outcome       text NOT NULL CHECK (outcome IN ('pending', 'accepted', 'rejected', 'unknown')),
    status        integer,
    reason        text,
    PRIMARY KEY (delivery_id, attempt)
);

COMMENT ON COLUMN webhook_attempt.outcome IS 'Unknown: nobody can say whether it arrived, as after a time-out.';

-- migrate: rollback
-- forward only

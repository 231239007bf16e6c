-- the ledger of drugs under real names, and the buyers who are followed
-- depends: 0050_sentinels

-- migrate: apply
CREATE TABLE drug_sale (
    sale_id        uuid PRIMARY KEY,
    division       text COLLATE "C" NOT NULL,
    sentinel       text COLLATE "C" NOT NULL,
    receipt        text NOT NULL,
    line           integer NOT NULL,
    kind           text NOT NULL,
    category       text NOT NULL,
    product        text,
    quantity       integer NOT NULL,
    symptoms       text[],
    person_id      uuid NOT NULL REFERENCES person,
    reasons        text[] NOT NULL,
    sold_at        timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL
);

COMMENT ON COLUMN drug_sale.symptoms IS 'What the buyer declared; empty for none, null where nobody asked.';
COMMENT ON COLUMN drug_sale.reasons IS 'Why the buyer is followed for it; empty where nothing calls for it.';

CREATE INDEX drug_sale_division ON drug_sale (division, sale_id);
CREATE INDEX drug_sale_person ON drug_sale (person_id, sold_at);

CREATE TRIGGER drug_sale_never_changes BEFORE UPDATE OR DELETE ON drug_sale
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE drug_follow_up (
    follow_up_id   uuid PRIMARY KEY,
    person_id      uuid NOT NULL REFERENCES person,
    division       text COLLATE "C" NOT NULL,
    state          text NOT NULL,
    reasons        text[] NOT NULL,
    symptoms       text[] NOT NULL,
    sales          integer NOT NULL,
    last_sold_at   timestamptz NOT NULL,
    opened_at      timestamptz NOT NULL,
    followed_at    timestamptz,
    closed_at      timestamptz,
    outcome        text,
    changed_at     timestamptz NOT NULL,
    CHECK (state IN ('to-be-followed', 'followed', 'closed')),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK ((closed_at IS NULL) = (outcome IS NULL))
);

COMMENT ON TABLE drug_follow_up IS 'A buyer whom somebody must ask after: one open row for each, whatever they bought.';

CREATE UNIQUE INDEX drug_follow_up_open ON drug_follow_up (person_id) WHERE state <> 'closed';
CREATE INDEX drug_follow_up_division ON drug_follow_up (division, follow_up_id);
CREATE INDEX drug_follow_up_state ON drug_follow_up (state, division, follow_up_id);

CREATE TABLE drug_follow_up_sale (
    follow_up_id  uuid NOT NULL REFERENCES drug_follow_up,
    sale_id       uuid NOT NULL REFERENCES drug_sale,
    PRIMARY KEY (follow_up_id, sale_id)
);

CREATE TABLE drug_follow_up_look (
    follow_up_id   uuid NOT NULL REFERENCES drug_follow_up,
    followed_at    timestamptz NOT NULL,
    symptoms       text[] NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (follow_up_id, followed_at)
);

COMMENT ON TABLE drug_follow_up_look IS 'Each time that somebody asked after a buyer, and what was found; append-only.';

CREATE TRIGGER drug_follow_up_look_never_changes BEFORE UPDATE OR DELETE ON drug_follow_up_look
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

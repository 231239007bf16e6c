-- cold-chain lots: their proofs, where they are and went, and whether they may be sold
-- depends: 0070_places

-- migrate: apply
CREATE TABLE cold_chain_lot (
    lot_id             uuid PRIMARY KEY,
    division           text COLLATE "C" NOT NULL,
    place_id           uuid NOT NULL REFERENCES place,
    number             text NOT NULL,
    number_key         text COLLATE "C" NOT NULL,
    goods              text NOT NULL,
    origin             text NOT NULL,
    amount             numeric(12, 3) NOT NULL CHECK (amount > 0),
    unit               text NOT NULL,
    state              text NOT NULL CHECK (state IN ('blocked', 'cleared')),
    lacks              jsonb NOT NULL,
    judgement          integer NOT NULL,
    judged_at          timestamptz NOT NULL,
    next_change_at     timestamptz,
    first_received_at  timestamptz NOT NULL,
    changed_at         timestamptz NOT NULL
);

COMMENT ON COLUMN cold_chain_lot.place_id IS 'The place that the lot first came to; its division is the lot''s.';
COMMENT ON COLUMN cold_chain_lot.number_key IS 'The number in capitals without spaces and separators, for notices from outside.';
COMMENT ON COLUMN cold_chain_lot.lacks IS 'Which proofs it lacks and why, as it was judged last; a sale is judged anew.';
COMMENT ON COLUMN cold_chain_lot.judgement IS 'Counts the changes of state.';
COMMENT ON COLUMN cold_chain_lot.next_change_at IS 'After which moment a proof that counts now counts no more.';

CREATE INDEX cold_chain_lot_division ON cold_chain_lot (division, lot_id);
CREATE INDEX cold_chain_lot_state ON cold_chain_lot (state, division, lot_id);
CREATE INDEX cold_chain_lot_number ON cold_chain_lot (number_key);
CREATE INDEX cold_chain_lot_next_change ON cold_chain_lot (next_change_at) WHERE next_change_at IS NOT NULL;

CREATE TABLE cold_chain_proof (
    proof_id          uuid PRIMARY KEY,
    lot_id            uuid NOT NULL REFERENCES cold_chain_lot,
    kind              text NOT NULL,
    document          text NOT NULL,
    valid_until       timestamptz,
    withdrawn_at      timestamptz,
    withdrawn_reason  text,
    changed_at        timestamptz NOT NULL
);

COMMENT ON TABLE cold_chain_proof IS 'What holds of each document: the earliest end and the earliest withdrawal that anybody told of.';

CREATE INDEX cold_chain_proof_lot ON cold_chain_proof (lot_id);

CREATE TABLE cold_chain_proof_statement (
    proof_id       uuid NOT NULL REFERENCES cold_chain_proof,
    statement_id   uuid NOT NULL,
    valid_until    timestamptz,
    withdrawn_at   timestamptz,
    reason         text,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (proof_id, statement_id)
);

CREATE TABLE cold_chain_movement (
    movement_id    uuid PRIMARY KEY,
    lot_id         uuid NOT NULL REFERENCES cold_chain_lot,
    reference      text NOT NULL,
    from_place     uuid REFERENCES place,
    to_place       uuid REFERENCES place,
    amount         numeric(12, 3) NOT NULL CHECK (amount > 0),
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    CHECK (from_place IS NOT NULL OR to_place IS NOT NULL),
    CHECK (from_place <> to_place)
);

COMMENT ON TABLE cold_chain_movement IS 'Where a lot came from and went: first from outside (no from_place), at last sold (no to_place); append-only.';

CREATE INDEX cold_chain_movement_lot ON cold_chain_movement (lot_id, occurred_at);

CREATE TABLE cold_chain_holding (
    lot_id    uuid NOT NULL REFERENCES cold_chain_lot,
    place_id  uuid NOT NULL REFERENCES place,
    amount    numeric(12, 3) NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (lot_id, place_id)
);

COMMENT ON TABLE cold_chain_holding IS 'How much of a lot each place has or had.';

CREATE INDEX cold_chain_holding_place ON cold_chain_holding (place_id, lot_id);

CREATE TRIGGER cold_chain_proof_statement_never_changes BEFORE UPDATE OR DELETE ON cold_chain_proof_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cold_chain_movement_never_changes BEFORE UPDATE OR DELETE ON cold_chain_movement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

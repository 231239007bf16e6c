-- where the open work of a suspended laboratory went
-- depends: 0043_sequencing

-- migrate: apply
CREATE TABLE rerouting (
    tube_id         uuid NOT NULL,
    suspension_id   uuid NOT NULL REFERENCES laboratory_suspension,
    division        text COLLATE "C" NOT NULL,
    from_laboratory text NOT NULL,
    to_laboratory   text NOT NULL,
    decided_at      timestamptz NOT NULL,
    PRIMARY KEY (tube_id, suspension_id)
);

COMMENT ON TABLE rerouting IS 'Each decision to send a tube on from a suspended laboratory; append-only.';
COMMENT ON COLUMN rerouting.division IS 'The tube''s.';

CREATE INDEX rerouting_decided ON rerouting (decided_at, tube_id);

CREATE TRIGGER rerouting_never_changes BEFORE UPDATE OR DELETE ON rerouting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE routed_tube (
    tube_id      uuid PRIMARY KEY,
    laboratory   text NOT NULL,
    left_behind  text[] NOT NULL
);

COMMENT ON TABLE routed_tube IS 'Where a tube that was sent on is to be tested, as long as its chain ends at a laboratory that it left behind.';

CREATE INDEX tube_open_laboratory ON tube (laboratory, opened_at) WHERE is_open AND laboratory IS NOT NULL;

-- migrate: rollback
-- forward only

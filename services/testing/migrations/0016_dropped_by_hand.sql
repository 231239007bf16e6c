-- why somebody took a due test back
-- depends: 0015_due_looks

-- migrate: apply
CREATE TABLE due_drop (
    due_id        uuid NOT NULL,
    dropped_at    timestamptz NOT NULL,
    reason        text NOT NULL,
    received_from text NOT NULL,
    PRIMARY KEY (due_id, dropped_at)
);

COMMENT ON TABLE due_drop IS 'One row for each due test that was taken back by hand, as often as it was asked for again.';
COMMENT ON COLUMN due_drop.received_from IS 'Id of the key or account that took it back, never a person''s name.';

CREATE TRIGGER due_drop_never_changes BEFORE UPDATE OR DELETE ON due_drop
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

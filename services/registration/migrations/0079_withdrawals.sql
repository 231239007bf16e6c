-- returns that were none: withdrawn by hand, with a reason; results of tests done elsewhere likewise
-- depends: 0021_returns_of_people 0030_samples

-- migrate: apply
ALTER TABLE return_record ADD COLUMN withdrawn_at timestamptz;
ALTER TABLE return_record ADD COLUMN withdrawn_reason text;
ALTER TABLE return_record ADD CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL));
ALTER TABLE return_record ADD CHECK (withdrawn_at IS NULL OR state = 'withdrawn');

COMMENT ON COLUMN return_record.withdrawn_at IS 'Since when it is known that there was no such return; null: it stands, or is another one.';

CREATE TABLE return_withdrawal (
    return_id      uuid PRIMARY KEY REFERENCES return_record,
    again_id       uuid NOT NULL,
    reason         text NOT NULL,
    note           text,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL
);

COMMENT ON TABLE return_withdrawal IS 'Why returns were withdrawn by hand; append-only.';
COMMENT ON COLUMN return_withdrawal.again_id IS 'The id of the return that its references name once something new is said under them.';

CREATE INDEX return_withdrawal_again ON return_withdrawal (again_id);

CREATE TRIGGER return_withdrawal_never_changes BEFORE UPDATE OR DELETE ON return_withdrawal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE sample_withdrawal (
    sample_id      uuid PRIMARY KEY REFERENCES person_sample,
    result         text NOT NULL,
    reason         text NOT NULL,
    note           text,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL
);

COMMENT ON TABLE sample_withdrawal IS 'Why results of tests done elsewhere were withdrawn, and what they had said; append-only.';

CREATE TRIGGER sample_withdrawal_never_changes BEFORE UPDATE OR DELETE ON sample_withdrawal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

-- the quality of laboratories: controls of their runs, proficiency rounds, and when they must not test
-- depends: 0040_laboratories

-- migrate: apply
CREATE TABLE laboratory_suspension (
    suspension_id      uuid PRIMARY KEY,
    laboratory         text NOT NULL REFERENCES laboratory,
    cause              text NOT NULL CHECK (cause IN ('controls', 'proficiency', 'order')),
    cause_reference    text,
    reason_code        text NOT NULL,
    suspended_at       timestamptz NOT NULL,
    suspended_by       text NOT NULL,
    recorded_at        timestamptz NOT NULL,
    received_at        timestamptz NOT NULL,
    ended_at           timestamptz,
    ended_by           text,
    ended_reason_code  text,
    ended_received_at  timestamptz,
    CHECK (num_nonnulls(ended_at, ended_by, ended_reason_code, ended_received_at) IN (0, 4))
);

COMMENT ON TABLE laboratory_suspension IS 'When a laboratory must not test, why, and who ended that; one at a time.';
COMMENT ON COLUMN laboratory_suspension.cause_reference IS 'The run or the round that failed; null when somebody ordered it.';
COMMENT ON COLUMN laboratory_suspension.suspended_by IS 'The rule, or the id of the key or account; never a person''s name.';

CREATE UNIQUE INDEX laboratory_suspension_open ON laboratory_suspension (laboratory) WHERE ended_at IS NULL;
CREATE INDEX laboratory_suspension_laboratory ON laboratory_suspension (laboratory, suspended_at);

CREATE TABLE control_run (
    laboratory    text NOT NULL REFERENCES laboratory,
    run           text NOT NULL,
    lot           text NOT NULL,
    mean_ct       numeric(5, 2),
    deviation_ct  numeric(5, 2),
    controls      jsonb NOT NULL,
    measured_at   timestamptz NOT NULL,
    verdict       text NOT NULL CHECK (verdict IN ('accepted', 'warned', 'rejected')),
    rules         text[] NOT NULL,
    recorded_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    received_from text NOT NULL,
    PRIMARY KEY (laboratory, run)
);

COMMENT ON TABLE control_run IS 'The controls of a run of a laboratory and what they were judged to be; append-only.';
COMMENT ON COLUMN control_run.rules IS 'The rules that were broken, as the policy had them when the run was told.';

CREATE INDEX control_run_measured ON control_run (laboratory, measured_at DESC, run);

CREATE TRIGGER control_run_never_changes BEFORE UPDATE OR DELETE ON control_run
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE proficiency_round (
    laboratory    text NOT NULL REFERENCES laboratory,
    round         text NOT NULL,
    organiser     text NOT NULL,
    items         jsonb NOT NULL,
    held_at       timestamptz NOT NULL,
    correct       integer NOT NULL,
    false_negatives integer NOT NULL,
    false_positives integer NOT NULL,
    unreported    integer NOT NULL,
    passed        boolean,
    recorded_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    received_from text NOT NULL,
    PRIMARY KEY (laboratory, round)
);

COMMENT ON TABLE proficiency_round IS 'A panel of known samples, what a laboratory said of each, and whether it passed; append-only.';
COMMENT ON COLUMN proficiency_round.passed IS 'Null when the panel was too small to decide anything.';

CREATE INDEX proficiency_round_held ON proficiency_round (laboratory, held_at DESC, round);

CREATE TRIGGER proficiency_round_never_changes BEFORE UPDATE OR DELETE ON proficiency_round
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

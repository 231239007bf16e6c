-- the register of laboratories, what each was said to have, and the teams that they lend one another
-- depends: 0003_person

-- migrate: apply
CREATE TABLE laboratory (
    laboratory    text PRIMARY KEY,
    division      text COLLATE "C" NOT NULL,
    kind          text NOT NULL,
    tubes_per_day integer NOT NULL CHECK (tubes_per_day >= 0),
    facts         jsonb NOT NULL,
    revision      integer NOT NULL,
    registered_at timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    received_from text NOT NULL
);

COMMENT ON TABLE laboratory IS 'A laboratory by its code in the register of institutions, as it was last said to be.';
COMMENT ON COLUMN laboratory.facts IS 'Shifts, staff, instruments, stocks and accreditation.';
COMMENT ON COLUMN laboratory.tubes_per_day IS 'What its shifts can do together.';
COMMENT ON COLUMN laboratory.received_from IS 'Id of the key or account that sent it, never a person''s name.';

CREATE INDEX laboratory_division ON laboratory (division, laboratory);

CREATE TABLE laboratory_revision (
    laboratory    text NOT NULL REFERENCES laboratory,
    revision      integer NOT NULL,
    facts         jsonb NOT NULL,
    recorded_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    received_from text NOT NULL,
    PRIMARY KEY (laboratory, revision)
);

COMMENT ON TABLE laboratory_revision IS 'Everything that was said of a laboratory, append-only.';

CREATE TRIGGER laboratory_revision_never_changes BEFORE UPDATE OR DELETE ON laboratory_revision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE laboratory_loan (
    loan_id       uuid PRIMARY KEY,
    reference     text NOT NULL,
    team          text NOT NULL,
    lender        text NOT NULL REFERENCES laboratory,
    borrower      text NOT NULL REFERENCES laboratory,
    people        integer NOT NULL CHECK (people > 0),
    tubes_per_day integer NOT NULL CHECK (tubes_per_day >= 0),
    from_at       timestamptz NOT NULL,
    until_at      timestamptz NOT NULL,
    ended_at      timestamptz,
    recorded_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    received_from text NOT NULL,
    CHECK (lender <> borrower),
    CHECK (from_at < until_at)
);

COMMENT ON TABLE laboratory_loan IS 'A mobile team that one laboratory lends another, from when until when (city §6).';
COMMENT ON COLUMN laboratory_loan.ended_at IS 'When the team went back before its time; null while the loan stands as it was agreed.';

CREATE INDEX laboratory_loan_lender ON laboratory_loan (lender, team, from_at);
CREATE INDEX laboratory_loan_borrower ON laboratory_loan (borrower, from_at);

-- migrate: rollback
-- forward only

-- the ledger before return: who is expected, from where, with what, and whether they came
-- depends: 0011_people_reads

-- migrate: apply
CREATE TABLE preregistration (
    preregistration_id  uuid PRIMARY KEY,
    division            text COLLATE "C" NOT NULL,
    reference           text NOT NULL,
    person_id           uuid NOT NULL REFERENCES person,
    statement_id        uuid NOT NULL,
    recorded_at         timestamptz NOT NULL,
    source              text NOT NULL,
    origin              text NOT NULL,
    places              text[] NOT NULL,
    transport           text NOT NULL,
    transport_number    text,
    seat                text,
    intended_on         date NOT NULL,
    health              text NOT NULL,
    cancelled           boolean NOT NULL,
    contact_sealed      bytea NOT NULL,
    return_id           uuid,
    first_received_at   timestamptz NOT NULL,
    changed_at          timestamptz NOT NULL
);

COMMENT ON TABLE preregistration IS 'What holds of an announced return: what was entered last, whoever said it.';
COMMENT ON COLUMN preregistration.statement_id IS 'The statement that holds.';
COMMENT ON COLUMN preregistration.contact_sealed IS 'The named contact, as one sealed document.';
COMMENT ON COLUMN preregistration.return_id IS 'The return by which the person came; no reference, so that neither ledger waits for the other.';

CREATE INDEX preregistration_division ON preregistration (division, preregistration_id);
CREATE INDEX preregistration_person ON preregistration (person_id);
CREATE INDEX preregistration_open ON preregistration (division, preregistration_id)
    WHERE return_id IS NULL AND NOT cancelled;

CREATE TABLE preregistration_statement (
    preregistration_id  uuid NOT NULL REFERENCES preregistration,
    statement_id        uuid NOT NULL,
    source              text NOT NULL,
    origin              text NOT NULL,
    places              text[] NOT NULL,
    transport           text NOT NULL,
    transport_number    text,
    seat                text,
    intended_on         date NOT NULL,
    health              text NOT NULL,
    cancelled           boolean NOT NULL,
    said_sealed         bytea NOT NULL,
    recorded_at         timestamptz NOT NULL,
    received_at         timestamptz NOT NULL,
    received_from       text NOT NULL,
    PRIMARY KEY (preregistration_id, statement_id)
);

COMMENT ON TABLE preregistration_statement IS 'Everything that was said of an announced return, each thing once; append-only but for a new seal of the contact.';

CREATE TRIGGER preregistration_statement_never_changes BEFORE UPDATE OR DELETE ON preregistration_statement
    FOR EACH ROW EXECUTE FUNCTION refuse_change_but_a_new_seal();

-- migrate: rollback
-- forward only

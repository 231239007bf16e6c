-- residents who leave, and what destinations ask of them
-- depends: 0051_drug_sales

-- migrate: apply
CREATE TABLE destination_demand (
    area           text COLLATE "C" PRIMARY KEY,
    within_hours   integer,
    source         text NOT NULL,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    CHECK (within_hours > 0)
);

COMMENT ON COLUMN destination_demand.within_hours IS 'How old a negative result may be at the departure; null where none is asked.';

CREATE TABLE departure (
    departure_id     uuid PRIMARY KEY,
    division         text COLLATE "C" NOT NULL,
    reference        text NOT NULL,
    person_id        uuid NOT NULL REFERENCES person,
    destination      text COLLATE "C" NOT NULL,
    leaving_on       date NOT NULL,
    purpose          text NOT NULL,
    within_hours     integer,
    withdrawn_at     timestamptz,
    test_id          uuid,
    test_from        date,
    test_due_on      date,
    recorded_at      timestamptz NOT NULL,
    received_at      timestamptz NOT NULL,
    received_from    text NOT NULL,
    changed_at       timestamptz NOT NULL,
    CHECK ((test_id IS NULL) = (test_due_on IS NULL)),
    CHECK ((test_id IS NULL) = (test_from IS NULL))
);

COMMENT ON COLUMN departure.within_hours IS 'How old a negative result may be, as the resident was told; the stricter of this and the destination''s own holds.';
COMMENT ON COLUMN departure.test_due_on IS 'The last day, in Asia/Shanghai, on which the test that is asked for serves.';

CREATE INDEX departure_division ON departure (division, departure_id);
CREATE INDEX departure_person ON departure (person_id, leaving_on);
CREATE INDEX departure_destination ON departure (destination, leaving_on) WHERE withdrawn_at IS NULL;

CREATE TABLE departure_statement (
    departure_id   uuid NOT NULL REFERENCES departure,
    statement_id   uuid NOT NULL,
    destination    text NOT NULL,
    leaving_on     date NOT NULL,
    purpose        text NOT NULL,
    within_hours   integer,
    withdrawn      boolean NOT NULL,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (departure_id, statement_id)
);

CREATE TRIGGER departure_statement_never_changes BEFORE UPDATE OR DELETE ON departure_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

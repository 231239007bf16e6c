-- returns, sentinels' reports and transfers: what holds of each, and everything that was said of it
-- depends:

-- migrate: apply
CREATE TABLE return_record (
    return_id              uuid PRIMARY KEY,
    division               text COLLATE "C" NOT NULL,
    reference              text NOT NULL,
    state                  text NOT NULL,
    arrived_at             timestamptz NOT NULL,
    arrival_recorded_at    timestamptz NOT NULL,
    arrival_source         text NOT NULL,
    registered_at          timestamptz,
    registration_recorded_at timestamptz,
    registration_source    text,
    first_received_at      timestamptz NOT NULL,
    changed_at             timestamptz NOT NULL,
    CHECK (registered_at >= arrived_at),
    CHECK ((registered_at IS NULL) = (registration_recorded_at IS NULL)),
    CHECK ((registered_at IS NULL) = (registration_source IS NULL))
);

COMMENT ON TABLE return_record IS 'What holds of a return: the earliest arrival and the earliest registration that anybody told of.';
COMMENT ON COLUMN return_record.reference IS 'The sender''s own mark; never a name, an identity number or a telephone number.';

CREATE INDEX return_record_division ON return_record (division, return_id);
CREATE INDEX return_record_state ON return_record (state, division, return_id);

CREATE TABLE return_statement (
    return_id      uuid NOT NULL REFERENCES return_record,
    statement_id   uuid NOT NULL,
    source         text NOT NULL,
    arrived_at     timestamptz NOT NULL,
    registered_at  timestamptz,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (return_id, statement_id)
);

COMMENT ON TABLE return_statement IS 'Everything that was said of a return, each thing once; append-only.';
COMMENT ON COLUMN return_statement.received_from IS 'Id of the key or account that sent it, never a person''s name.';

CREATE TABLE symptom_report (
    report_id            uuid PRIMARY KEY,
    division             text COLLATE "C" NOT NULL,
    sentinel             text NOT NULL,
    reference            text NOT NULL,
    state                text NOT NULL,
    symptoms             text[] NOT NULL CHECK (cardinality(symptoms) > 0),
    seen_at              timestamptz NOT NULL,
    seen_recorded_at     timestamptz NOT NULL,
    due_at               timestamptz NOT NULL,
    reported_at          timestamptz,
    report_recorded_at   timestamptz,
    first_received_at    timestamptz NOT NULL,
    changed_at           timestamptz NOT NULL,
    CHECK (reported_at >= seen_at),
    CHECK ((reported_at IS NULL) = (report_recorded_at IS NULL))
);

COMMENT ON COLUMN symptom_report.due_at IS 'Until when the report was in time, by the policy that bound it.';

CREATE INDEX symptom_report_division ON symptom_report (division, report_id);
CREATE INDEX symptom_report_state ON symptom_report (state, division, report_id);

CREATE TABLE symptom_statement (
    report_id      uuid NOT NULL REFERENCES symptom_report,
    statement_id   uuid NOT NULL,
    symptoms       text[] NOT NULL,
    seen_at        timestamptz NOT NULL,
    reported_at    timestamptz,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (report_id, statement_id)
);

CREATE TABLE transfer (
    transfer_id           uuid PRIMARY KEY,
    division              text COLLATE "C" NOT NULL,
    reference             text NOT NULL,
    person_id             uuid NOT NULL,
    state                 text NOT NULL,
    decided_at            timestamptz NOT NULL,
    decision_recorded_at  timestamptz NOT NULL,
    arrived_at            timestamptz,
    arrival_recorded_at   timestamptz,
    first_received_at     timestamptz NOT NULL,
    changed_at            timestamptz NOT NULL,
    CHECK (arrived_at >= decided_at),
    CHECK ((arrived_at IS NULL) = (arrival_recorded_at IS NULL))
);

COMMENT ON COLUMN transfer.person_id IS 'Until people are on record here, the id of the return stands for the person who returned.';
COMMENT ON COLUMN transfer.arrived_at IS 'When the person came to the central site.';

CREATE INDEX transfer_division ON transfer (division, transfer_id);
CREATE INDEX transfer_state ON transfer (state, division, transfer_id);

CREATE TABLE transfer_statement (
    transfer_id    uuid NOT NULL REFERENCES transfer,
    statement_id   uuid NOT NULL,
    decided_at     timestamptz NOT NULL,
    arrived_at     timestamptz,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (transfer_id, statement_id)
);

-- migrate: rollback
-- forward only

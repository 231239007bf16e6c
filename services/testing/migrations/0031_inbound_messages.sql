-- messages of laboratories (HL7 v2, FHIR) as they came: kept before they are judged, and while something of them was refused
-- depends: 0030_results_by_week

-- migrate: apply
CREATE TABLE inbound_message (
    message_id      uuid PRIMARY KEY,
    format          text NOT NULL CHECK (format IN ('hl7', 'fhir')),
    control_id      text,
    received_from   text NOT NULL,
    division        text COLLATE "C" NOT NULL,
    sampled_in      text COLLATE "C",
    received_at     timestamptz NOT NULL,
    body_sealed     bytea,
    outcome         text NOT NULL CHECK (outcome IN ('waiting', 'taken', 'partly-taken', 'refused')),
    reason          text,
    problems        jsonb NOT NULL,
    stored          integer NOT NULL,
    duplicate       integer NOT NULL,
    refused         integer NOT NULL,
    judged_at       timestamptz
);

CREATE INDEX inbound_message_division ON inbound_message (division, message_id);
CREATE INDEX inbound_message_waiting ON inbound_message (received_at) WHERE outcome = 'waiting';
CREATE INDEX inbound_message_kept ON inbound_message (received_at) WHERE body_sealed IS NOT NULL;

COMMENT ON COLUMN inbound_message.received_from IS 'Id of the key or account that sent it, never a person''s name.';
COMMENT ON COLUMN inbound_message.division IS 'The subtree of the key that sent it: whoever sees that sees the message.';
COMMENT ON COLUMN inbound_message.sampled_in IS 'The division that the sender gave for results that name none themselves.';
COMMENT ON COLUMN inbound_message.body_sealed IS 'The message as it came, sealed, for names and numbers stand in it; null once it is forgotten.';

-- migrate: rollback
-- forward only

-- gatherings: what was announced, what was decided, what was held without approval
-- depends: 0071_cold_chain

-- migrate: apply
CREATE TABLE gathering (
    gathering_id       uuid PRIMARY KEY,
    division           text COLLATE "C" NOT NULL,
    reference          text NOT NULL,
    kind               text NOT NULL,
    venue              text NOT NULL,
    place_code         text,
    people             integer NOT NULL CHECK (people > 0),
    from_at            timestamptz NOT NULL,
    until_at           timestamptz NOT NULL,
    plan_reference     text,
    organiser_sealed   bytea NOT NULL,
    statement_id       uuid NOT NULL,
    recorded_at        timestamptz NOT NULL,
    held_at            timestamptz,
    cancelled_at       timestamptz,
    cancelled_reason   text,
    state              text NOT NULL,
    unapproved_since   timestamptz,
    next_look_at       timestamptz,
    first_received_at  timestamptz NOT NULL,
    changed_at         timestamptz NOT NULL,
    CHECK (until_at > from_at),
    CHECK ((cancelled_at IS NULL) = (cancelled_reason IS NULL))
);

COMMENT ON TABLE gathering IS 'What holds of a gathering: the statement that was entered last, and how it stands by the rules.';
COMMENT ON COLUMN gathering.organiser_sealed IS 'Name and telephone of the organiser, as one sealed document.';
COMMENT ON COLUMN gathering.held_at IS 'The earliest moment at which anybody saw it going on.';
COMMENT ON COLUMN gathering.unapproved_since IS 'Since when it was held without the approval that it needs.';
COMMENT ON COLUMN gathering.next_look_at IS 'When it begins, where that will be without approval as things stand.';

CREATE INDEX gathering_division ON gathering (division, gathering_id);
CREATE INDEX gathering_state ON gathering (state, division, gathering_id);
CREATE INDEX gathering_unapproved ON gathering (division, gathering_id) WHERE unapproved_since IS NOT NULL;
CREATE INDEX gathering_next_look ON gathering (next_look_at) WHERE next_look_at IS NOT NULL;

CREATE TABLE gathering_statement (
    gathering_id    uuid NOT NULL REFERENCES gathering,
    statement_id    uuid NOT NULL,
    kind            text NOT NULL,
    venue           text NOT NULL,
    place_code      text,
    people          integer NOT NULL,
    from_at         timestamptz NOT NULL,
    until_at        timestamptz NOT NULL,
    plan_reference  text,
    held_at         timestamptz,
    recorded_at     timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    received_from   text NOT NULL,
    PRIMARY KEY (gathering_id, statement_id)
);

CREATE TABLE gathering_decision (
    decision_id     uuid PRIMARY KEY,
    gathering_id    uuid NOT NULL REFERENCES gathering,
    decision        text NOT NULL CHECK (decision IN ('approved', 'refused')),
    people          integer NOT NULL,
    facts_key       uuid NOT NULL,
    reason          text NOT NULL,
    decided_at      timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    received_from   text NOT NULL
);

COMMENT ON COLUMN gathering_decision.facts_key IS 'What was decided about beside the head count: kind, place, time and plan.';

CREATE INDEX gathering_decision_gathering ON gathering_decision (gathering_id, decided_at);

CREATE TRIGGER gathering_statement_never_changes BEFORE UPDATE OR DELETE ON gathering_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER gathering_decision_never_changes BEFORE UPDATE OR DELETE ON gathering_decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

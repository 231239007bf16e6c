-- people as a ledger: what was said of each, who may be whom, who decided that, and who read their data
-- depends: 0004_plans

-- migrate: apply
ALTER TABLE person ADD COLUMN repetition_fingerprint bytea;

COMMENT ON COLUMN person.repetition_fingerprint IS 'Keyed hash by which somebody without an identity document is found again when the same list comes twice.';

CREATE UNIQUE INDEX person_repetition ON person (repetition_fingerprint)
    WHERE repetition_fingerprint IS NOT NULL AND merged_into IS NULL;
CREATE INDEX person_identity_all ON person (identity_fingerprint) WHERE merged_into IS NOT NULL;
CREATE INDEX person_repetition_all ON person (repetition_fingerprint) WHERE merged_into IS NOT NULL;

CREATE TABLE person_place (
    person_id  uuid NOT NULL REFERENCES person,
    division   text COLLATE "C" NOT NULL,
    PRIMARY KEY (person_id, division)
);

COMMENT ON TABLE person_place IS 'The divisions that told of a person: each sees them, whoever answers for them.';

CREATE TABLE person_statement (
    person_id      uuid NOT NULL REFERENCES person,
    statement_id   uuid NOT NULL,
    fingerprint    bytea NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('stated', 'corrected')),
    division       text COLLATE "C" NOT NULL,
    occupation     text,
    said_sealed    bytea NOT NULL,
    fields         text[] NOT NULL,
    reason         text,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (person_id, statement_id),
    CHECK ((kind = 'corrected') = (reason IS NOT NULL))
);

COMMENT ON TABLE person_statement IS 'Everything that was said of a person, each thing once; append-only but for a new seal of the same words.';
COMMENT ON COLUMN person_statement.fingerprint IS 'Keyed hash of what was said, by which a repetition is known.';
COMMENT ON COLUMN person_statement.fields IS 'Which fields a correction replaced.';

CREATE UNIQUE INDEX person_statement_said ON person_statement (person_id, fingerprint);

CREATE FUNCTION refuse_change_but_a_new_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'said_sealed' - 'fingerprint' = to_jsonb(OLD) - 'said_sealed' - 'fingerprint'
            AND NEW.said_sealed <> OLD.said_sealed
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER person_statement_never_changes BEFORE UPDATE OR DELETE ON person_statement
    FOR EACH ROW EXECUTE FUNCTION refuse_change_but_a_new_seal();

CREATE TABLE suspect_pair (
    suspect_id   uuid PRIMARY KEY,
    one          uuid NOT NULL REFERENCES person,
    other        uuid NOT NULL REFERENCES person,
    division     text COLLATE "C" NOT NULL,
    state        text NOT NULL CHECK (state IN ('open', 'merged', 'distinct')),
    found_at     timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    CHECK (one < other)
);

COMMENT ON TABLE suspect_pair IS 'Two people who may be one; a pair is queued once, and what was decided of it is remembered.';
COMMENT ON COLUMN suspect_pair.division IS 'The lowest division that both lie in: who sees both decides.';

CREATE INDEX suspect_pair_state ON suspect_pair (state, division, suspect_id);
CREATE INDEX suspect_pair_other ON suspect_pair (other);
CREATE INDEX suspect_pair_one ON suspect_pair (one);

CREATE TABLE person_decision (
    decision_id    uuid PRIMARY KEY,
    kind           text NOT NULL CHECK (kind IN ('merged', 'distinct', 'undone')),
    person_id      uuid NOT NULL REFERENCES person,
    other_id       uuid NOT NULL REFERENCES person,
    suspect_id     uuid REFERENCES suspect_pair,
    undoes         uuid UNIQUE REFERENCES person_decision,
    division       text COLLATE "C" NOT NULL,
    reason         text NOT NULL,
    decided_at     timestamptz NOT NULL,
    decided_by     text NOT NULL,
    CHECK ((kind = 'undone') = (undoes IS NOT NULL))
);

COMMENT ON TABLE person_decision IS 'Who decided that two people are one (other_id was merged into person_id), are two, or that a merge was wrong; append-only.';
COMMENT ON COLUMN person_decision.decided_by IS 'Id of the key or account, never a person''s name.';

CREATE INDEX person_decision_person ON person_decision (person_id);
CREATE INDEX person_decision_other ON person_decision (other_id);

CREATE TRIGGER person_decision_never_changes BEFORE UPDATE OR DELETE ON person_decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE person_unmasking (
    unmasking_id   uuid PRIMARY KEY,
    person_id      uuid NOT NULL REFERENCES person,
    division       text COLLATE "C" NOT NULL,
    fields         text[] NOT NULL,
    reason         text NOT NULL,
    unmasked_at    timestamptz NOT NULL,
    unmasked_by    text NOT NULL,
    request_id     text NOT NULL
);

COMMENT ON TABLE person_unmasking IS 'Who was shown which fields of whom, when and why; append-only, written before the answer is sent.';

CREATE INDEX person_unmasking_division ON person_unmasking (division, unmasking_id);
CREATE INDEX person_unmasking_person ON person_unmasking (person_id, unmasked_at);

CREATE TRIGGER person_unmasking_never_changes BEFORE UPDATE OR DELETE ON person_unmasking
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

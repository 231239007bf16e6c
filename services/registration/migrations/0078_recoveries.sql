-- recoveries: what disease control states of an infection that is over, so that its positives hold no plan any more
-- depends: 0030_samples 0010_people_ledger

-- migrate: apply
CREATE TABLE person_recovery (
    recovery_id   uuid PRIMARY KEY,
    person_id     uuid NOT NULL REFERENCES person,
    division      text COLLATE "C" NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('recovered', 'revoked')),
    recovered_at  timestamptz,
    reason        text NOT NULL,
    stated_by     text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    received_from text NOT NULL,
    CHECK ((kind = 'recovered') = (recovered_at IS NOT NULL))
);

COMMENT ON TABLE person_recovery IS 'That an infection is over, or not over after all, as disease control states it; the statement entered last holds. Append-only.';
COMMENT ON COLUMN person_recovery.recovered_at IS 'Samples taken up to this moment hold no plan.';
COMMENT ON COLUMN person_recovery.stated_by IS 'Who decided, as stated; never on the bus, in a log or in a metric.';

CREATE INDEX person_recovery_person ON person_recovery (person_id);

CREATE TRIGGER person_recovery_never_changes BEFORE UPDATE OR DELETE ON person_recovery
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

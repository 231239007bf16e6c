-- key places: the register, closed management, inspections with their findings, who was let in
-- depends: 0004_plans

-- migrate: apply
CREATE TABLE place (
    place_id               uuid PRIMARY KEY,
    code                   text COLLATE "C" NOT NULL UNIQUE,
    division               text COLLATE "C" NOT NULL,
    kind                   text NOT NULL,
    name                   text NOT NULL,
    address                text,
    in_charge_sealed       bytea NOT NULL,
    in_charge_fingerprint  bytea NOT NULL,
    closed_since           timestamptz,
    closed_reason          text,
    first_received_at      timestamptz NOT NULL,
    changed_at             timestamptz NOT NULL,
    CHECK ((closed_since IS NULL) = (closed_reason IS NULL))
);

COMMENT ON TABLE place IS 'Key places as they stand in the register; closed_since while closed management lasts.';
COMMENT ON COLUMN place.in_charge_sealed IS 'Name and telephone of the person in charge, as one sealed document.';

CREATE INDEX place_division ON place (division, place_id);
CREATE INDEX place_kind ON place (kind, division, place_id);

CREATE TABLE place_closure (
    place_id       uuid NOT NULL REFERENCES place,
    closure_id     uuid NOT NULL,
    closed         boolean NOT NULL,
    reason         text NOT NULL,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (place_id, closure_id)
);

COMMENT ON TABLE place_closure IS 'Every order to close a place or to open it again; append-only.';

CREATE TABLE place_inspection (
    inspection_id   uuid PRIMARY KEY,
    place_id        uuid NOT NULL REFERENCES place,
    reference       text NOT NULL,
    kind            text NOT NULL,
    answers         jsonb NOT NULL,
    findings        integer NOT NULL,
    policy_version  integer NOT NULL,
    occurred_at     timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    received_from   text NOT NULL
);

COMMENT ON COLUMN place_inspection.answers IS 'One answer for each item of the checklist that bound the kind, by item.';

CREATE INDEX place_inspection_place ON place_inspection (place_id, occurred_at DESC, inspection_id);

CREATE TABLE place_finding (
    finding_id     uuid PRIMARY KEY,
    inspection_id  uuid NOT NULL REFERENCES place_inspection,
    place_id       uuid NOT NULL REFERENCES place,
    division       text COLLATE "C" NOT NULL,
    item           text NOT NULL,
    state          text NOT NULL CHECK (state IN ('open', 'mended', 'confirmed')),
    found_at       timestamptz NOT NULL,
    mended_at      timestamptz,
    confirmed_at   timestamptz,
    changed_at     timestamptz NOT NULL,
    CHECK ((state = 'confirmed') = (confirmed_at IS NOT NULL)),
    CHECK ((state = 'open') = (mended_at IS NULL))
);

COMMENT ON TABLE place_finding IS 'What an inspection found wrong; nothing closes without a confirmation.';
COMMENT ON COLUMN place_finding.division IS 'That of the place, now.';

CREATE INDEX place_finding_division ON place_finding (division, finding_id);
CREATE INDEX place_finding_unconfirmed ON place_finding (state, division, finding_id);
CREATE INDEX place_finding_place ON place_finding (place_id);

CREATE TABLE place_finding_step (
    finding_id     uuid NOT NULL REFERENCES place_finding,
    step_id        uuid NOT NULL,
    step           text NOT NULL,
    note           text,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (finding_id, step_id)
);

CREATE TABLE place_abnormality (
    abnormality_id  uuid PRIMARY KEY,
    place_id        uuid NOT NULL REFERENCES place,
    kind            text NOT NULL,
    note            text,
    occurred_at     timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    received_from   text NOT NULL
);

CREATE INDEX place_abnormality_place ON place_abnormality (place_id, occurred_at DESC, abnormality_id);

CREATE TABLE place_entry_check (
    check_id       uuid PRIMARY KEY,
    place_id       uuid NOT NULL REFERENCES place,
    role           text NOT NULL,
    allowed        boolean NOT NULL,
    rules          text[] NOT NULL,
    temperature    numeric(3, 1) NOT NULL,
    symptoms       text[] NOT NULL,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL
);

COMMENT ON TABLE place_entry_check IS 'Who was let in or refused at a place''s door, without anything that names a person; append-only.';

CREATE INDEX place_entry_check_place ON place_entry_check (place_id, occurred_at);

CREATE TRIGGER place_closure_never_changes BEFORE UPDATE OR DELETE ON place_closure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER place_inspection_never_changes BEFORE UPDATE OR DELETE ON place_inspection
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER place_finding_step_never_changes BEFORE UPDATE OR DELETE ON place_finding_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER place_abnormality_never_changes BEFORE UPDATE OR DELETE ON place_abnormality
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER place_entry_check_never_changes BEFORE UPDATE OR DELETE ON place_entry_check
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

-- notices from other provinces: whom and what they name, and where that was found in the ledgers here
-- depends: 0072_gatherings

-- migrate: apply
CREATE TABLE assistance_notice (
    notice_id          uuid PRIMARY KEY,
    division           text COLLATE "C" NOT NULL,
    issuer             text NOT NULL,
    number             text NOT NULL,
    occurred_at        timestamptz NOT NULL,
    recorded_at        timestamptz NOT NULL,
    first_received_at  timestamptz NOT NULL,
    received_from      text NOT NULL
);

COMMENT ON TABLE assistance_notice IS 'Notices by which other provinces ask to look for people, vehicles and goods; division is who received it.';
COMMENT ON COLUMN assistance_notice.occurred_at IS 'When the notice came.';

CREATE INDEX assistance_notice_division ON assistance_notice (division, notice_id);

CREATE TABLE notice_entry (
    entry_id        uuid PRIMARY KEY,
    notice_id       uuid NOT NULL REFERENCES assistance_notice,
    kind            text NOT NULL CHECK (kind IN ('person', 'vehicle', 'goods')),
    details_sealed  bytea,
    vehicle         text,
    lot_key         text COLLATE "C",
    named_on        date,
    from_at         timestamptz,
    until_at        timestamptz,
    received_at     timestamptz NOT NULL,
    CHECK ((kind = 'person') = (details_sealed IS NOT NULL)),
    CHECK ((kind = 'vehicle') = (vehicle IS NOT NULL)),
    CHECK ((kind = 'goods') = (lot_key IS NOT NULL))
);

COMMENT ON COLUMN notice_entry.details_sealed IS 'Name, identity document and telephone of a person, as one sealed document.';
COMMENT ON COLUMN notice_entry.vehicle IS 'Number of train, flight, coach or car, as return_facts has it.';
COMMENT ON COLUMN notice_entry.named_on IS 'The day of the visit or journey that the notice names.';
COMMENT ON COLUMN notice_entry.from_at IS 'The first and, in until_at, the last moment between which an arrival is that journey''s.';

CREATE INDEX notice_entry_notice ON notice_entry (notice_id);
CREATE INDEX notice_entry_vehicle ON notice_entry (vehicle) WHERE vehicle IS NOT NULL;
CREATE INDEX notice_entry_lot ON notice_entry (lot_key) WHERE lot_key IS NOT NULL;

CREATE TABLE notice_mark (
    entry_id  uuid NOT NULL REFERENCES notice_entry,
    kind      text NOT NULL CHECK (kind IN ('identity', 'telephone')),
    mark      bytea NOT NULL,
    PRIMARY KEY (entry_id, kind, mark)
);

COMMENT ON TABLE notice_mark IS 'Keyed hashes by which a named person is found, one for each key that people may be hashed under.';

CREATE INDEX notice_mark_mark ON notice_mark (mark);

CREATE TABLE notice_match (
    match_id      uuid PRIMARY KEY,
    entry_id      uuid NOT NULL REFERENCES notice_entry,
    notice_id     uuid NOT NULL REFERENCES assistance_notice,
    division      text COLLATE "C" NOT NULL,
    ledger        text NOT NULL,
    subject_id    uuid NOT NULL,
    via           text NOT NULL,
    state         text NOT NULL CHECK (state IN ('open', 'found', 'contacted', 'managed', 'not-the-one')),
    matched_at    timestamptz NOT NULL,
    found_at      timestamptz,
    contacted_at  timestamptz,
    ended_at      timestamptz,
    reason        text,
    changed_at    timestamptz NOT NULL,
    CHECK ((state IN ('managed', 'not-the-one')) = (ended_at IS NOT NULL))
);

COMMENT ON TABLE notice_match IS 'What a notice names and a ledger holds; it belongs to the division of what was found, and is followed to its end.';
COMMENT ON COLUMN notice_match.subject_id IS 'Id of the person, return, transfer or lot that was found.';
COMMENT ON COLUMN notice_match.via IS 'By what: identity, telephone, vehicle or lot number.';

CREATE INDEX notice_match_division ON notice_match (division, match_id);
CREATE INDEX notice_match_state ON notice_match (state, division, match_id);
CREATE INDEX notice_match_notice ON notice_match (notice_id, division, match_id);
CREATE INDEX notice_match_subject ON notice_match (subject_id);
CREATE INDEX notice_match_going_on ON notice_match (matched_at) WHERE ended_at IS NULL;

CREATE TABLE notice_match_step (
    match_id       uuid NOT NULL REFERENCES notice_match,
    step_id        uuid NOT NULL,
    step           text NOT NULL,
    reason         text,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (match_id, step_id)
);

CREATE TRIGGER notice_match_step_never_changes BEFORE UPDATE OR DELETE ON notice_match_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What enters a ledger after a notice is looked at again. The ledgers' own transactions note it here, whoever
-- writes them, so that nothing escapes by coming later or by being forgotten.
CREATE TABLE notice_look (
    look_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ledger      text NOT NULL,
    subject_id  uuid NOT NULL
);

COMMENT ON TABLE notice_look IS 'Rows of ledgers that are new or changed and were not compared with the notices yet.';

CREATE FUNCTION look_at_new_people() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO notice_look (ledger, subject_id)
    SELECT 'people', person_id FROM fresh
    WHERE identity_fingerprint IS NOT NULL OR telephone_fingerprint IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION look_at_changed_people() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO notice_look (ledger, subject_id)
    SELECT 'people', fresh.person_id FROM fresh JOIN stale USING (person_id)
    WHERE fresh.identity_fingerprint IS DISTINCT FROM stale.identity_fingerprint
       OR fresh.telephone_fingerprint IS DISTINCT FROM stale.telephone_fingerprint;
    RETURN NULL;
END
$$;

CREATE FUNCTION look_at_new_vehicles() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO notice_look (ledger, subject_id)
    SELECT 'returns', return_id FROM fresh WHERE vehicle IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION look_at_changed_vehicles() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO notice_look (ledger, subject_id)
    SELECT 'returns', fresh.return_id FROM fresh JOIN stale USING (return_id)
    WHERE fresh.vehicle IS DISTINCT FROM stale.vehicle AND fresh.vehicle IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION look_at_changed_arrivals() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO notice_look (ledger, subject_id)
    SELECT 'returns', fresh.return_id FROM fresh JOIN stale USING (return_id) JOIN return_facts USING (return_id)
    WHERE fresh.arrived_at <> stale.arrived_at AND return_facts.vehicle IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION look_at_new_lots() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO notice_look (ledger, subject_id) SELECT 'cold-chain-lots', lot_id FROM fresh;
    RETURN NULL;
END
$$;

CREATE TRIGGER person_is_new AFTER INSERT ON person REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION look_at_new_people();
CREATE TRIGGER person_has_changed AFTER UPDATE ON person REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION look_at_changed_people();
CREATE TRIGGER vehicle_is_new AFTER INSERT ON return_facts REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION look_at_new_vehicles();
CREATE TRIGGER vehicle_has_changed AFTER UPDATE ON return_facts
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION look_at_changed_vehicles();
CREATE TRIGGER arrival_has_changed AFTER UPDATE ON return_record
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION look_at_changed_arrivals();
CREATE TRIGGER lot_is_new AFTER INSERT ON cold_chain_lot REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION look_at_new_lots();

-- migrate: rollback
-- forward only

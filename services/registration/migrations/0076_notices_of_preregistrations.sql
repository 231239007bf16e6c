-- notices name vehicles: those in which people are expected are compared as well
-- depends: 0074_notices_of_vehicles 0012_preregistrations

-- migrate: apply
ALTER TABLE preregistration ADD COLUMN vehicle_key text
    GENERATED ALWAYS AS (upper(regexp_replace(transport_number, '[\s·•.-]', '', 'g'))) STORED;

COMMENT ON COLUMN preregistration.vehicle_key IS 'The number of the train, flight, coach or car in capitals without blanks and separators, for notices from outside.';

CREATE INDEX preregistration_vehicle_key ON preregistration (vehicle_key) WHERE vehicle_key IS NOT NULL;

CREATE FUNCTION look_at_new_preregistrations() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO notice_look (ledger, subject_id)
    SELECT 'preregistrations', preregistration_id FROM fresh WHERE vehicle_key IS NOT NULL AND NOT cancelled;
    RETURN NULL;
END
$$;

CREATE FUNCTION look_at_changed_preregistrations() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO notice_look (ledger, subject_id)
    SELECT 'preregistrations', fresh.preregistration_id FROM fresh JOIN stale USING (preregistration_id)
    WHERE fresh.vehicle_key IS NOT NULL AND NOT fresh.cancelled
      AND (fresh.vehicle_key, fresh.intended_on, fresh.cancelled)
          IS DISTINCT FROM (stale.vehicle_key, stale.intended_on, stale.cancelled);
    RETURN NULL;
END
$$;

CREATE TRIGGER preregistration_is_new AFTER INSERT ON preregistration REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION look_at_new_preregistrations();
CREATE TRIGGER preregistration_has_changed AFTER UPDATE ON preregistration
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION look_at_changed_preregistrations();

-- Those that were there before are looked at once.
INSERT INTO notice_look (ledger, subject_id)
SELECT 'preregistrations', preregistration_id FROM preregistration WHERE vehicle_key IS NOT NULL AND NOT cancelled;

-- migrate: rollback
-- forward only

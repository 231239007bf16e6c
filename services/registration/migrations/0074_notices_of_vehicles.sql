-- notices name vehicles: those of transfers are compared as well
-- depends: 0073_assistance_notices 0061_transfers

-- migrate: apply
ALTER TABLE transfer ADD COLUMN vehicle_key text
    GENERATED ALWAYS AS (upper(regexp_replace(vehicle, '[\s·•.-]', '', 'g'))) STORED;

COMMENT ON COLUMN transfer.vehicle_key IS 'The plate in capitals without blanks and separators, for notices from outside.';

CREATE INDEX transfer_vehicle_key ON transfer (vehicle_key) WHERE vehicle_key IS NOT NULL;

CREATE FUNCTION look_at_new_transfers() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO notice_look (ledger, subject_id)
    SELECT 'transfers', transfer_id FROM fresh WHERE vehicle_key IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION look_at_changed_transfers() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO notice_look (ledger, subject_id)
    SELECT 'transfers', fresh.transfer_id FROM fresh JOIN stale USING (transfer_id)
    WHERE fresh.vehicle_key IS NOT NULL
      AND (fresh.vehicle_key, fresh.picked_up_at, fresh.decided_at)
          IS DISTINCT FROM (stale.vehicle_key, stale.picked_up_at, stale.decided_at);
    RETURN NULL;
END
$$;

CREATE TRIGGER transfer_is_new AFTER INSERT ON transfer REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION look_at_new_transfers();
CREATE TRIGGER transfer_has_changed AFTER UPDATE ON transfer REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION look_at_changed_transfers();

-- Transfers that were there before are looked at once.
INSERT INTO notice_look (ledger, subject_id) SELECT 'transfers', transfer_id FROM transfer WHERE vehicle_key IS NOT NULL;

-- migrate: rollback
-- forward only

-- many deeds of one transaction cost each the same: the head of the trail is noted once, at the transaction's end
-- depends: 0003_keys_are_rotated

-- migrate: apply
-- The first row of a transaction stands on the head and locks it, the others on the row before. (An update of the head for each row
-- left dead versions that the next had to step over: 10,000 rows took 10 million steps.)
CREATE OR REPLACE FUNCTION append_audit(entry jsonb) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    former_sequence bigint;
    former_hash bytea;
    written text;
    is_first boolean;
BEGIN
    SELECT sequence, hash INTO former_sequence, former_hash FROM audit ORDER BY sequence DESC LIMIT 1;
    PERFORM FROM audit_head WHERE xmin = pg_current_xact_id()::xid AND sequence < former_sequence;
    is_first := NOT FOUND;  -- of this transaction, or since its head was noted
    IF is_first THEN
        SELECT sequence, hash INTO STRICT former_sequence, former_hash FROM audit_head FOR UPDATE;
    END IF;
    written := (jsonb_strip_nulls(entry) || jsonb_build_object(
        'sequence', former_sequence + 1,
        'written_at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'role', session_user
    ))::text;
    INSERT INTO audit (sequence, content, previous_hash, hash)
    VALUES (former_sequence + 1, written, former_hash, sha256(former_hash || convert_to(written, 'UTF8')));
    IF is_first THEN
        UPDATE audit_head SET sequence = sequence;  -- its trigger notes the newest row
    END IF;
    RETURN former_sequence + 1;
END
$$;

CREATE FUNCTION note_audit_head() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    UPDATE audit_head SET sequence = newest.sequence, hash = newest.hash
    FROM (SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1) AS newest
    WHERE audit_head.sequence <> newest.sequence;
    RETURN NULL;
END
$$;

-- It comes after the rows that other deferred triggers write: what is queued while they run waits until they have.
CREATE CONSTRAINT TRIGGER audit_head_is_noted AFTER UPDATE ON audit_head DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.sequence = OLD.sequence) EXECUTE FUNCTION note_audit_head();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['append_audit(jsonb)', 'note_audit_head()'] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, %I, pg_temp', name, current_schema());
        EXECUTE format('ALTER FUNCTION %s SET timezone = ''UTC''', name);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', name);
    END LOOP;
END
$$;

-- migrate: rollback
-- forward only

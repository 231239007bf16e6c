-- the audit trail: what must not be undone unseen, in one order, each row holding the hash of the one before it; every schema has one
-- depends:

-- migrate: apply
CREATE TABLE audit (
    sequence       bigint PRIMARY KEY,
    content        text NOT NULL,
    previous_hash  bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
    hash           bytea NOT NULL CHECK (octet_length(hash) = 32)
);

COMMENT ON TABLE audit IS 'Rare and sensitive deeds, written in their own transaction; append-only. Ids and codes, no personal data.';
COMMENT ON COLUMN audit.content IS 'JSON, exactly as it is hashed; it holds its own sequence.';
COMMENT ON COLUMN audit.hash IS 'SHA-256 of previous_hash and content.';

CREATE TABLE audit_head (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sequence  bigint NOT NULL,
    hash      bytea NOT NULL CHECK (octet_length(hash) = 32)
);

COMMENT ON TABLE audit_head IS 'The newest row of the trail; who writes one holds this row until the transaction ends, so there is one order.';

INSERT INTO audit_head (sequence, hash)
VALUES (0, sha256(convert_to('dutyclock audit of ' || current_schema(), 'UTF8')));

CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER audit_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();

CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();

-- With its owner's rights: a service may write to its trail by what it does, and in no other way.
-- The first row of a transaction stands on the head and locks it, the others on the row before. An update of the head for each row
-- would leave dead versions that the next has to step over: 10,000 rows took 10 million steps.
CREATE FUNCTION append_audit(entry jsonb) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
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

CREATE FUNCTION audited(action text, source text, stored jsonb, names jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('action', action, 'source', source)
        || coalesce(jsonb_object_agg(name, stored -> stored_as), '{}')
    FROM jsonb_each_text(names) AS one (name, stored_as)
$$;

-- A trigger's arguments: the action, and which columns go into the trail under which names.
CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    stored jsonb;
BEGIN
    IF TG_OP = 'DELETE' THEN
        stored := to_jsonb(OLD);
    ELSE
        stored := to_jsonb(NEW);
    END IF;
    PERFORM append_audit(
        jsonb_build_object('by', nullif(current_setting('dutyclock.by', true), ''))
        || audited(TG_ARGV[0], TG_TABLE_NAME, stored, TG_ARGV[1]::jsonb)
    );
    RETURN NULL;
END
$$;

-- Deferred: the trail is written when all else of the transaction is done, so that its lock is held for the commit alone and
-- nobody who holds it waits for anybody. The condition speaks of the row as NEW or OLD.
CREATE FUNCTION audit_when(source text, deed text, action text, names jsonb, condition text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE CONSTRAINT TRIGGER %I AFTER %s ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (%s) EXECUTE FUNCTION audit_row(%L, %L)',
        replace(action, '-', '_') || '_is_audited', deed, source, condition, action, names
    );
END
$$;

-- The same for new rows; those that stand there already are taken into the trail, in the order of `at`.
CREATE FUNCTION audit_inserts(source text, action text, names jsonb, condition text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    entry jsonb;
BEGIN
    PERFORM audit_when(source, 'INSERT', action, names, condition);
    FOR entry IN EXECUTE format(
        'SELECT audited(%L, %L, to_jsonb(stored), %L) FROM %I AS stored WHERE %s ORDER BY stored.%I',
        action, source, names, source, replace(condition, 'NEW.', 'stored.'), names ->> 'at'
    ) LOOP
        PERFORM append_audit(entry || '{"taken_over": true}');
    END LOOP;
END
$$;

-- With others' rights nothing may be found on a path that a caller sets, and times are written in one zone.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['append_audit(jsonb)', 'note_audit_head()', 'audit_row()'] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, %I, pg_temp', name, current_schema());
        EXECUTE format('ALTER FUNCTION %s SET timezone = ''UTC''', name);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', name);
    END LOOP;
    EXECUTE 'ALTER FUNCTION audit_inserts(text, text, jsonb, text) SET timezone = ''UTC''';
END
$$;

-- migrate: rollback
-- forward only

-- what was said stays as it was said: the database itself refuses to change or delete it
-- depends: 0001_ledgers

-- migrate: apply
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER return_statement_never_changes BEFORE UPDATE OR DELETE ON return_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER symptom_statement_never_changes BEFORE UPDATE OR DELETE ON symptom_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER transfer_statement_never_changes BEFORE UPDATE OR DELETE ON transfer_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

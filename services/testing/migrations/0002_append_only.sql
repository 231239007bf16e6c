-- results stay as they were received: the database itself refuses to change or delete one
-- depends: 0001_results

-- migrate: apply
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER sample_result_never_changes BEFORE UPDATE OR DELETE ON sample_result
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

-- what was reported, reviewed and filed stays on record: the database itself refuses to change or delete it
-- depends: 0002_daily_reports

-- migrate: apply
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER positive_withdrawal_never_changes BEFORE UPDATE OR DELETE ON positive_withdrawal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_report_never_changes BEFORE UPDATE OR DELETE ON case_report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_review_never_changes BEFORE UPDATE OR DELETE ON case_review
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER daily_report_never_changes BEFORE UPDATE OR DELETE ON daily_report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

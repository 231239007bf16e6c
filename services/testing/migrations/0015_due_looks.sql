-- what has still to be held against samples stands in a queue of its own: a test is not written twice for it
-- depends: 0014_sample_weeks

-- migrate: apply
CREATE TABLE due_look (
    look_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    due_id      uuid NOT NULL,
    subject_id  uuid
);

COMMENT ON TABLE due_look IS
    'Due tests that are new, or asked for in another way: samples that came meanwhile may have missed them.';

INSERT INTO due_look (due_id, subject_id) SELECT due_id, subject_id FROM due_test WHERE looked_at IS NULL;

DROP INDEX due_test_unlooked;
DROP INDEX due_test_unopened;
ALTER TABLE due_test DROP COLUMN looked_at;

CREATE INDEX due_test_unopened ON due_test (due_on)
    WHERE stands AND settled_at IS NULL AND opened_at IS NULL AND source IN ('plan', 'departure', 'ordered');

CREATE FUNCTION queue_new_for_look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO due_look (due_id, subject_id) SELECT due_id, subject_id FROM now_stands WHERE stands;
    RETURN NULL;
END
$$;

CREATE FUNCTION queue_changed_for_look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO due_look (due_id, subject_id)
    SELECT now.due_id, now.subject_id
    FROM now_stands AS now
    JOIN once_stood AS once USING (due_id)
    WHERE (now.told_at, now.dropped_at, now.wanted) IS DISTINCT FROM (once.told_at, once.dropped_at, once.wanted);
    RETURN NULL;
END
$$;

CREATE TRIGGER due_test_look_at_new AFTER INSERT ON due_test
    REFERENCING NEW TABLE AS now_stands
    FOR EACH STATEMENT EXECUTE FUNCTION queue_new_for_look();

CREATE TRIGGER due_test_look_at_changed AFTER UPDATE ON due_test
    REFERENCING NEW TABLE AS now_stands OLD TABLE AS once_stood
    FOR EACH STATEMENT EXECUTE FUNCTION queue_changed_for_look();

-- migrate: rollback
-- forward only

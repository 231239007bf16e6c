-- records of people that are one person, due tests that ask twice for the same, and lots of goods that are blocked
-- depends: 0060_workbook_imports

-- migrate: apply
CREATE TABLE person_merge (
    decision_id       uuid PRIMARY KEY,
    person_id         uuid NOT NULL,
    merged_person_id  uuid NOT NULL,
    undone_at         timestamptz
);

COMMENT ON TABLE person_merge IS
    'Decisions of registration that two records are one person; one that was undone holds no more, whichever was told first.';

CREATE INDEX person_merge_kept ON person_merge (person_id) WHERE undone_at IS NULL;
CREATE INDEX person_merge_merged ON person_merge (merged_person_id) WHERE undone_at IS NULL;

CREATE TABLE same_person (
    person_id    uuid PRIMARY KEY,
    survivor_id  uuid NOT NULL
);

COMMENT ON TABLE same_person IS
    'What the merges that hold amount to: each record that is one person with others, the surviving one itself included.';

CREATE INDEX same_person_survivor ON same_person (survivor_id);

CREATE TABLE lot_telling (
    lot_id    uuid NOT NULL,
    division  text COLLATE "C" NOT NULL,
    told_at   timestamptz NOT NULL,
    blocked   boolean NOT NULL,
    PRIMARY KEY (lot_id, division, told_at, blocked)
);

COMMENT ON TABLE lot_telling IS 'Every telling that a lot of goods may not be sold, or may: what is due follows from all of them.';

ALTER TABLE due_test ADD COLUMN double_of uuid;

COMMENT ON COLUMN due_test.double_of IS
    'The test that asks the same of the same person, while there is one: this one is asked for and is not due a second time.';

ALTER TABLE due_test ALTER COLUMN stands SET EXPRESSION AS
    (told_at IS NOT NULL AND (dropped_at IS NULL OR dropped_at < told_at) AND double_of IS NULL);

DROP INDEX due_test_subject;
CREATE INDEX due_test_subject ON due_test (subject_id)
    WHERE (stands OR double_of IS NOT NULL) AND subject_id IS NOT NULL;
CREATE INDEX due_test_double ON due_test (double_of) WHERE double_of IS NOT NULL;

DROP INDEX due_test_unopened;
CREATE INDEX due_test_unopened ON due_test (due_on)
    WHERE stands AND settled_at IS NULL AND opened_at IS NULL AND source IN ('plan', 'departure', 'ordered', 'lot');

-- migrate: rollback
-- forward only

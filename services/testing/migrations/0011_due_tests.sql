-- tests that are due, whatever asks for them, and what was sampled of whom: either may come first
-- depends: 0010_sampling_points

-- migrate: apply
CREATE TABLE due_test (
    due_id        uuid PRIMARY KEY,
    source        text NOT NULL,
    division      text COLLATE "C" NOT NULL,
    told_at       timestamptz,
    dropped_at    timestamptz,
    series        uuid,
    category      text COLLATE "C",
    kind          text COLLATE "C",
    subject_kind  text,
    subject_id    uuid,
    place         text COLLATE "C",
    reference     text,
    wanted        integer NOT NULL DEFAULT 1 CHECK (wanted >= 0),
    at_once       boolean NOT NULL DEFAULT false,
    from_on       date,
    due_on        date,
    until_on      date,
    done          integer NOT NULL DEFAULT 0 CHECK (done >= 0),
    settled_at    timestamptz,
    settled_on    date,
    sample_id     uuid,
    opened_at     timestamptz,
    looked_at     timestamptz,
    received_at   timestamptz NOT NULL,
    stands        boolean NOT NULL GENERATED ALWAYS AS
        (told_at IS NOT NULL AND (dropped_at IS NULL OR dropped_at < told_at)) STORED,
    CHECK (told_at IS NULL OR (
        series IS NOT NULL AND category IS NOT NULL AND subject_kind IS NOT NULL
        AND from_on IS NOT NULL AND due_on IS NOT NULL
    )),
    CHECK ((settled_at IS NULL) = (settled_on IS NULL))
);

COMMENT ON TABLE due_test IS
    'A test that is due: of one subject, or a line of so many of a category in a unit whose subjects have no names.';
COMMENT ON COLUMN due_test.told_at IS 'When it was last asked for; null while only its dropping is known.';
COMMENT ON COLUMN due_test.series IS 'What asks for it: within one series a day''s samples settle one test.';
COMMENT ON COLUMN due_test.kind IS 'What a line counts samples by; null for one that only its own mark settles.';
COMMENT ON COLUMN due_test.until_on IS 'The last day on which a sample counts; null where a late one always does.';
COMMENT ON COLUMN due_test.opened_at IS 'When its clock was started; null when it never was.';
COMMENT ON COLUMN due_test.looked_at IS
    'When it was held against samples that came while it was being stored; null until then.';

CREATE INDEX due_test_subject ON due_test (subject_id) WHERE stands AND subject_id IS NOT NULL;
CREATE INDEX due_test_line ON due_test (division, kind, from_on)
    WHERE stands AND subject_id IS NULL AND kind IS NOT NULL;
CREATE INDEX due_test_open ON due_test (division, due_id) WHERE stands AND settled_at IS NULL;
CREATE INDEX due_test_settled ON due_test (settled_on, division) WHERE settled_on IS NOT NULL;
CREATE INDEX due_test_unlooked ON due_test (received_at) WHERE looked_at IS NULL;
CREATE INDEX due_test_unopened ON due_test (due_on) WHERE stands AND settled_at IS NULL AND opened_at IS NULL;

CREATE TABLE taken_sample (
    subject_id   uuid NOT NULL,
    sampled_at   timestamptz NOT NULL,
    sample_id    uuid NOT NULL,
    division     text COLLATE "C" NOT NULL,
    category     text COLLATE "C",
    place        text COLLATE "C",
    due_id       uuid,
    revision     smallint NOT NULL,
    stands       boolean NOT NULL,
    PRIMARY KEY (subject_id, sampled_at)
) PARTITION BY RANGE (sampled_at);

COMMENT ON TABLE taken_sample IS
    'What was sampled of whom: kept for some weeks, because the test that it settles may be asked for later.';
COMMENT ON COLUMN taken_sample.subject_id IS 'Of a subject without a name, the sample''s own id.';
COMMENT ON COLUMN taken_sample.stands IS 'False when its result said that it must be taken again.';

CREATE TABLE taken_sample_other PARTITION OF taken_sample DEFAULT;

CREATE INDEX taken_sample_category ON taken_sample (division, category, sampled_at) WHERE category IS NOT NULL;
CREATE INDEX taken_sample_due ON taken_sample (due_id) WHERE due_id IS NOT NULL;

-- migrate: rollback
-- forward only

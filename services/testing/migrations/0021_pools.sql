-- pools that were not negative, with what became of each member; and what keeps late and concurrent arrivals together
-- depends: 0020_tubes

-- migrate: apply
CREATE TABLE pool (
    pool_id      uuid PRIMARY KEY,
    tube_id      uuid,
    tube_code    text NOT NULL,
    institution  text NOT NULL,
    division     text COLLATE "C" NOT NULL,
    method       text NOT NULL,
    result       text NOT NULL CHECK (result IN ('positive', 'inconclusive')),
    revision     integer NOT NULL,
    size         smallint,
    sampled_at   timestamptz NOT NULL,
    resulted_at  timestamptz NOT NULL,
    received_at  timestamptz NOT NULL,
    resolved_at  timestamptz,
    withdrawn_at timestamptz,
    withdrawn_because text
);

COMMENT ON TABLE pool IS 'A pool found positive or unclear; its id is the sample_id of its result. Negative pools have no row.';
COMMENT ON COLUMN pool.resolved_at IS 'Since when each member known here is cleared or positive alone.';

CREATE INDEX pool_division ON pool (division, resulted_at, pool_id);
CREATE INDEX pool_tube ON pool (tube_id) WHERE tube_id IS NOT NULL;

CREATE TABLE pool_member (
    pool_id      uuid NOT NULL REFERENCES pool,
    sample_id    uuid NOT NULL,
    subject_kind text NOT NULL,
    person_id    uuid,
    object_id    text,
    division     text COLLATE "C" NOT NULL,
    sampled_at   timestamptz NOT NULL,
    told_at      timestamptz NOT NULL,
    state        text NOT NULL CHECK (state IN ('pending', 'cleared', 'positive')),
    decided_by   uuid,
    PRIMARY KEY (pool_id, sample_id),
    CHECK ((state = 'pending') = (decided_by IS NULL))
);

COMMENT ON COLUMN pool_member.decided_by IS 'The result, by its sample_id, that cleared the member or found it positive alone.';

CREATE INDEX pool_member_person ON pool_member (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX pool_member_object ON pool_member (object_id) WHERE object_id IS NOT NULL;
CREATE INDEX pool_member_sample ON pool_member (sample_id);

CREATE TABLE pooled_result (
    sample_id uuid PRIMARY KEY,
    known_at  timestamptz NOT NULL
);

COMMENT ON TABLE pooled_result IS 'Results that are of a pool and so open no case: what is found positive here was not told as a positive, or was withdrawn.';

CREATE TABLE open_member (
    person_id uuid PRIMARY KEY,
    tube_id   uuid NOT NULL,
    opened_at timestamptz NOT NULL
);

COMMENT ON TABLE open_member IS 'Who is in an open tube at present; a person is in one at a time unless it is said that they were sampled twice.';

CREATE INDEX open_member_tube ON open_member (tube_id);

CREATE TABLE second_look (
    what          text NOT NULL CHECK (what IN ('tube', 'box', 'pool')),
    key           text COLLATE "C" NOT NULL,
    settled_after xid8,
    PRIMARY KEY (what, key)
);

COMMENT ON TABLE second_look IS 'What is worked out once more when every transaction has ended that was under way when it was stored, for neither could see the other.';
COMMENT ON COLUMN second_look.settled_after IS 'Written once the row is committed: no transaction below it may be under way.';

CREATE INDEX sample_result_person ON sample_result (person_id, sampled_at) WHERE person_id IS NOT NULL;

ALTER TABLE sample_result ADD COLUMN pool_size smallint;

COMMENT ON COLUMN sample_result.pool_size IS 'How many samples were in the tube, where the laboratory says so; more than one is a pool, and no case.';

-- migrate: rollback
-- forward only

-- samples of people under management: what settles the tests of a plan, and what puts a plan on hold
-- depends: 0004_plans

-- migrate: apply
CREATE TABLE person_sample (
    sample_id      uuid PRIMARY KEY,
    person_id      uuid NOT NULL REFERENCES person,
    division       text COLLATE "C" NOT NULL,
    sampled_at     timestamptz NOT NULL,
    result         text NOT NULL,
    revision       integer NOT NULL,
    resulted_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    source         text NOT NULL,
    institution    text NOT NULL,
    CHECK (source IN ('laboratory', 'proof')),
    CHECK (result IN ('positive', 'negative', 'inconclusive'))
);

COMMENT ON TABLE person_sample IS 'Samples whose person is known, each with the result that holds: that of its highest revision.';
COMMENT ON COLUMN person_sample.source IS 'laboratory: told by the testing service; proof: done elsewhere and shown here.';

CREATE INDEX person_sample_person ON person_sample (person_id);

ALTER TABLE plan ADD COLUMN held_since timestamptz;

COMMENT ON COLUMN plan.held_since IS 'Since when a positive result keeps the plan from going on and from its release.';

CREATE INDEX plan_test_sample ON plan_test (sample_id) WHERE sample_id IS NOT NULL;

-- migrate: rollback
-- forward only

-- risk areas, what a return's route and proofs were, and the plan that the rules give each person
-- depends: 0003_people

-- migrate: apply
ALTER TABLE return_record ADD COLUMN person_id uuid REFERENCES person;
CREATE INDEX return_record_person ON return_record (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE return_facts (
    return_id        uuid PRIMARY KEY REFERENCES return_record,
    origin           text,
    facts            jsonb NOT NULL,
    vehicle          text,
    changed_at       timestamptz NOT NULL
);

COMMENT ON TABLE return_facts IS 'What holds of a return beside its moments: origin, route, transport, proofs, entry, as the rules read it.';
COMMENT ON COLUMN return_facts.origin IS 'Code of the area of departure, six digits, or a country''s two letters.';
COMMENT ON COLUMN return_facts.vehicle IS 'Number of train, flight, coach or car, in capitals without spaces, for notices from outside.';

CREATE INDEX return_facts_vehicle ON return_facts (vehicle) WHERE vehicle IS NOT NULL;

CREATE TABLE return_route (
    return_id   uuid NOT NULL REFERENCES return_record,
    area        text COLLATE "C" NOT NULL,
    entered_on  date NOT NULL,
    left_on     date NOT NULL,
    PRIMARY KEY (return_id, area, entered_on),
    CHECK (left_on >= entered_on)
);

COMMENT ON TABLE return_route IS 'Where somebody was before the return, the origin included: codes of areas with first and last day.';

CREATE INDEX return_route_area ON return_route (area, entered_on);

CREATE TABLE risk_area (
    risk_area_id  uuid PRIMARY KEY,
    area          text COLLATE "C" NOT NULL,
    name          text NOT NULL,
    level         text NOT NULL,
    since         date NOT NULL,
    until         date,
    source        text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    received_from text NOT NULL,
    withdrawn_at  timestamptz,
    CHECK (until >= since)
);

COMMENT ON TABLE risk_area IS 'Levels that areas had, each with its days; a change ends one row and begins another.';

CREATE INDEX risk_area_area ON risk_area (area, since);

CREATE TABLE management_ground (
    ground_id    uuid PRIMARY KEY,
    person_id    uuid NOT NULL REFERENCES person,
    division     text COLLATE "C" NOT NULL,
    kind         text NOT NULL,
    began_on     date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    received_at  timestamptz NOT NULL,
    ended_at     timestamptz
);

COMMENT ON TABLE management_ground IS 'What beside a return brings a person under management: drugs bought with symptoms, contact with a case, a notice from outside.';

CREATE INDEX management_ground_person ON management_ground (person_id);

CREATE TABLE plan (
    plan_id         uuid PRIMARY KEY,
    person_id       uuid NOT NULL REFERENCES person,
    return_id       uuid REFERENCES return_record,
    division        text COLLATE "C" NOT NULL,
    version         integer NOT NULL,
    governing_rule  text NOT NULL,
    state           text NOT NULL,
    day_zero        date NOT NULL,
    last_day        date NOT NULL,
    stage           integer NOT NULL,
    stage_kind      text NOT NULL,
    stage_last_day  date NOT NULL,
    stage_division  text COLLATE "C" NOT NULL,
    decided_at      timestamptz NOT NULL,
    released_at     timestamptz,
    certificate     text,
    changed_at      timestamptz NOT NULL,
    CHECK (state IN ('open', 'released', 'withdrawn')),
    CHECK ((state = 'released') = (released_at IS NOT NULL))
);

COMMENT ON TABLE plan IS 'What holds of a person''s plan now; day_zero is the day, in Asia/Shanghai, from which days are counted.';
COMMENT ON COLUMN plan.stage IS 'Position of the present stage in the version''s stages, from 0.';

CREATE UNIQUE INDEX plan_open ON plan (person_id) WHERE state = 'open';
CREATE INDEX plan_person ON plan (person_id);
CREATE INDEX plan_division ON plan (division, plan_id);
CREATE INDEX plan_next_change ON plan (stage_last_day) WHERE state = 'open';

CREATE TABLE plan_version (
    plan_id         uuid NOT NULL REFERENCES plan,
    version         integer NOT NULL,
    governing_rule  text NOT NULL,
    policy_version  integer NOT NULL,
    decision        jsonb NOT NULL,
    difference      jsonb,
    decided_at      timestamptz NOT NULL,
    cause           text NOT NULL,
    PRIMARY KEY (plan_id, version)
);

COMMENT ON COLUMN plan_version.decision IS 'Every rule that fitted with its clause and the facts used, stages with first and last day, restrictions, tests with their days.';

CREATE TRIGGER plan_version_never_changes BEFORE UPDATE OR DELETE ON plan_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE plan_stage (
    plan_id    uuid NOT NULL REFERENCES plan,
    position   integer NOT NULL,
    kind       text NOT NULL,
    first_day  date NOT NULL,
    last_day   date NOT NULL,
    PRIMARY KEY (plan_id, position),
    CHECK (last_day >= first_day)
);

COMMENT ON TABLE plan_stage IS 'The stages of the version that holds.';

CREATE TABLE plan_test (
    test_id      uuid PRIMARY KEY,
    plan_id      uuid NOT NULL REFERENCES plan,
    person_id    uuid NOT NULL REFERENCES person,
    division     text COLLATE "C" NOT NULL,
    due_on       date NOT NULL,
    rules        text[] NOT NULL,
    state        text NOT NULL,
    sample_id    uuid,
    sampled_at   timestamptz,
    result       text,
    CHECK (state IN ('due', 'done', 'dropped'))
);

COMMENT ON TABLE plan_test IS 'The tests of the version that holds; one day has one test, whichever rules ask for it.';

CREATE UNIQUE INDEX plan_test_day ON plan_test (plan_id, due_on) WHERE state <> 'dropped';
CREATE INDEX plan_test_due ON plan_test (due_on, division) WHERE state = 'due';
CREATE INDEX plan_test_person ON plan_test (person_id);

-- migrate: rollback
-- forward only

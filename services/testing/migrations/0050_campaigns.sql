-- campaigns that test a whole population, their plans, and the register of households
-- depends: 0021_pools

-- migrate: apply
CREATE TABLE campaign (
    campaign_id   uuid PRIMARY KEY,
    code          text COLLATE "C" NOT NULL UNIQUE,
    division      text COLLATE "C" NOT NULL,
    state         text NOT NULL CHECK (state IN ('planned', 'running', 'ended')),
    target        text NOT NULL,
    starts_at     timestamptz NOT NULL,
    due_at        timestamptz NOT NULL,
    aim_at        timestamptz,
    people        integer CHECK (people >= 0),
    stated        jsonb NOT NULL,
    started_at    timestamptz,
    ended_at      timestamptz,
    ended_because text,
    crossings     integer NOT NULL DEFAULT 0,
    is_behind     boolean NOT NULL DEFAULT false,
    recorded_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    received_from text NOT NULL,
    CHECK ((state = 'planned') = (started_at IS NULL)),
    CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
    CHECK (NOT is_behind OR state = 'running')
);

COMMENT ON TABLE campaign IS 'One row a campaign; its id follows from its code.';
COMMENT ON COLUMN campaign.people IS 'How many are to be tested, fixed when it starts.';
COMMENT ON COLUMN campaign.due_at IS 'The limit of its target, from its beginning on; from its planned beginning until it starts.';
COMMENT ON COLUMN campaign.stated IS 'Divisions, population, points, teams, vehicles, laboratories, as they were stated.';
COMMENT ON COLUMN campaign.crossings IS 'How often the forecast has crossed the limit; each crossing is told once.';
COMMENT ON COLUMN campaign.received_from IS 'Id of the key or account that stated it, never a person''s name.';

CREATE INDEX campaign_division ON campaign (division, campaign_id);
CREATE INDEX campaign_running ON campaign (campaign_id) WHERE state = 'running';

CREATE TABLE campaign_plan (
    campaign_id  uuid NOT NULL REFERENCES campaign,
    number       integer NOT NULL,
    state        text NOT NULL CHECK (state IN ('waiting', 'computing', 'ready', 'failed')),
    inputs       jsonb NOT NULL,
    findings     jsonb,
    reason       text,
    seconds      real,
    ordered_at   timestamptz NOT NULL,
    claimed_at   timestamptz,
    computed_at  timestamptz,
    ordered_by   text NOT NULL,
    PRIMARY KEY (campaign_id, number),
    CHECK ((state = 'ready') = (findings IS NOT NULL)),
    CHECK ((state = 'failed') = (reason IS NOT NULL))
);

COMMENT ON TABLE campaign_plan IS 'What the planner was asked, whole, and what it found; kept when the campaign changes.';
COMMENT ON COLUMN campaign_plan.claimed_at IS 'Since when a process computes it; one that died is taken over after a while.';

CREATE INDEX campaign_plan_open ON campaign_plan (ordered_at) WHERE state IN ('waiting', 'computing');

CREATE TABLE resident (
    resident_id   uuid PRIMARY KEY,
    division      text COLLATE "C" NOT NULL,
    reference     text COLLATE "C" NOT NULL,
    building      text COLLATE "C" NOT NULL,
    household     text COLLATE "C",
    subject_kind  text NOT NULL CHECK (subject_kind IN ('person', 'household')),
    person_id     uuid,
    people        integer NOT NULL CHECK (people BETWEEN 0 AND 100),
    recorded_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    received_from text NOT NULL,
    UNIQUE (division, reference),
    CHECK ((subject_kind = 'person') = (person_id IS NOT NULL)),
    CHECK (subject_kind = 'household' OR people <= 1)
);

COMMENT ON TABLE resident IS 'The register of households: a person or a household by building, without names. Nobody (people 0) has moved away.';
COMMENT ON COLUMN resident.reference IS 'The village''s own mark; never a name or a number of a person.';

CREATE INDEX resident_building ON resident (division, building, reference);

-- migrate: rollback
-- forward only

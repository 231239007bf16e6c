-- what a campaign has done: counted in the transactions that store it, added up moments later
-- depends: 0050_campaigns

-- migrate: apply
CREATE TABLE campaign_delta (
    delta_id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id       uuid NOT NULL,
    division          text COLLATE "C" NOT NULL,
    point             text COLLATE "C" NOT NULL,
    laboratory        text COLLATE "C" NOT NULL,
    hour              timestamptz NOT NULL,
    sampled_tubes     integer NOT NULL,
    sampled_people    integer NOT NULL,
    arrived_tubes     integer NOT NULL,
    arrived_people    integer NOT NULL,
    resulted_tubes    integer NOT NULL,
    resulted_people   integer NOT NULL,
    positive_tubes    integer NOT NULL,
    unclear_tubes     integer NOT NULL
);

COMMENT ON TABLE campaign_delta IS 'Only added to, so that nobody waits for anybody; a duty adds the rows up and removes them. Whoever reads adds both.';

CREATE TABLE campaign_hour (
    campaign_id       uuid NOT NULL,
    hour              timestamptz NOT NULL,
    laboratory        text COLLATE "C" NOT NULL,
    sampled_tubes     bigint NOT NULL,
    sampled_people    bigint NOT NULL,
    arrived_tubes     bigint NOT NULL,
    arrived_people    bigint NOT NULL,
    resulted_tubes    bigint NOT NULL,
    resulted_people   bigint NOT NULL,
    positive_tubes    bigint NOT NULL,
    unclear_tubes     bigint NOT NULL,
    PRIMARY KEY (campaign_id, hour, laboratory)
) WITH (fillfactor = 50);

COMMENT ON COLUMN campaign_hour.laboratory IS 'Empty for sampling, which is of no laboratory.';

CREATE TABLE campaign_point (
    campaign_id       uuid NOT NULL,
    division          text COLLATE "C" NOT NULL,
    point             text COLLATE "C" NOT NULL,
    sampled_tubes     bigint NOT NULL,
    sampled_people    bigint NOT NULL,
    arrived_tubes     bigint NOT NULL,
    arrived_people    bigint NOT NULL,
    resulted_tubes    bigint NOT NULL,
    resulted_people   bigint NOT NULL,
    positive_tubes    bigint NOT NULL,
    unclear_tubes     bigint NOT NULL,
    PRIMARY KEY (campaign_id, division, point)
) WITH (fillfactor = 50);

CREATE TABLE campaign_queue (
    campaign_id   uuid NOT NULL,
    point         text COLLATE "C" NOT NULL,
    at            timestamptz NOT NULL,
    division      text COLLATE "C" NOT NULL,
    waiting       integer NOT NULL CHECK (waiting >= 0),
    received_at   timestamptz NOT NULL,
    received_from text NOT NULL,
    PRIMARY KEY (campaign_id, point, at)
);

COMMENT ON TABLE campaign_queue IS 'How many people stand in line at a point, as points report it; append-only.';

CREATE INDEX campaign_queue_latest ON campaign_queue (campaign_id, division, point, at DESC);

CREATE TRIGGER campaign_queue_never_changes BEFORE UPDATE OR DELETE ON campaign_queue
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

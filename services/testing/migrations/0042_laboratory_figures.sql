-- what laboratories result, hour by hour and stage by stage; which results are in doubt; what is noticed of them
-- depends: 0041_laboratory_quality

-- migrate: apply
CREATE TABLE laboratory_tally (
    tally_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    laboratory    text NOT NULL,
    hour          timestamptz NOT NULL,
    results       integer NOT NULL,
    positives     integer NOT NULL,
    inconclusives integer NOT NULL,
    corrected     integer NOT NULL
);

COMMENT ON TABLE laboratory_tally IS 'What a transaction added to a laboratory''s hour, until a duty has added it up: no two transactions wait for one row.';

CREATE TABLE turnaround_tally (
    tally_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    laboratory    text NOT NULL,
    day           date NOT NULL,
    stage         text NOT NULL,
    buckets       smallint[] NOT NULL,
    counts        integer[] NOT NULL
);

COMMENT ON TABLE turnaround_tally IS 'What a transaction added to the durations of a laboratory''s day, until a duty has added it up.';

CREATE TABLE laboratory_hour (
    laboratory    text NOT NULL,
    hour          timestamptz NOT NULL,
    results       bigint NOT NULL,
    positives     bigint NOT NULL,
    inconclusives bigint NOT NULL,
    corrected     bigint NOT NULL,
    PRIMARY KEY (laboratory, hour)
) WITH (fillfactor = 70);

COMMENT ON TABLE laboratory_hour IS 'What a laboratory resulted in an hour, by its first results; whether or not it is in the register.';
COMMENT ON COLUMN laboratory_hour.inconclusives IS 'Results that are neither positive nor negative: invalid ones.';

CREATE TABLE turnaround_day (
    laboratory    text NOT NULL,
    day           date NOT NULL,
    stage         text NOT NULL,
    bucket        smallint NOT NULL,
    count         bigint NOT NULL,
    PRIMARY KEY (laboratory, day, stage, bucket)
) WITH (fillfactor = 70);

COMMENT ON TABLE turnaround_day IS 'How long the stages took of what a laboratory resulted on a day (Shanghai), in buckets that grow by a factor.';

CREATE TABLE flagged_result (
    sample_id     uuid NOT NULL,
    suspension_id uuid NOT NULL REFERENCES laboratory_suspension,
    laboratory    text NOT NULL,
    division      text COLLATE "C" NOT NULL,
    result        text NOT NULL,
    resulted_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    PRIMARY KEY (sample_id, suspension_id)
);

COMMENT ON TABLE flagged_result IS 'Results of a time in which their laboratory was suspended: stored as all are, and in doubt.';

CREATE INDEX flagged_result_received ON flagged_result (received_at, sample_id);

CREATE TABLE laboratory_notice (
    notice_id     uuid PRIMARY KEY,
    laboratory    text NOT NULL REFERENCES laboratory,
    kind          text NOT NULL CHECK (kind IN ('positives-drift', 'invalid-drift', 'slow', 'silence')),
    day           date NOT NULL,
    detail        jsonb NOT NULL,
    noticed_at    timestamptz NOT NULL,
    ended_at      timestamptz
);

COMMENT ON TABLE laboratory_notice IS 'What somebody should ask a laboratory about; of each kind one is open at a time.';
COMMENT ON COLUMN laboratory_notice.day IS 'The day that departed from the habit; of a silence its first.';

CREATE UNIQUE INDEX laboratory_notice_open ON laboratory_notice (laboratory, kind) WHERE ended_at IS NULL;
CREATE INDEX laboratory_notice_noticed ON laboratory_notice (noticed_at, notice_id);

CREATE TABLE laboratory_look (
    laboratory    text PRIMARY KEY REFERENCES laboratory,
    rates_on      date,
    silence_on    date
);

COMMENT ON TABLE laboratory_look IS 'On which day a laboratory''s rates and its silence were looked at last.';

-- migrate: rollback
-- forward only

-- results of laboratories: append-only, a correction is a new revision of the same sample
-- depends:

-- migrate: apply
CREATE TABLE sample_result (
    sample_id     uuid NOT NULL,
    revision      smallint NOT NULL,
    tube_code     text NOT NULL,
    institution   text NOT NULL,
    division      text COLLATE "C" NOT NULL,
    method        text NOT NULL,
    result        text NOT NULL,
    sampled_at    timestamptz NOT NULL,
    resulted_at   timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    received_from text NOT NULL,
    reason_code   text,
    PRIMARY KEY (sample_id, revision)
);

COMMENT ON TABLE sample_result IS 'One row a result; the highest revision of a sample holds, the others stay on record.';
COMMENT ON COLUMN sample_result.received_from IS 'Id of the key or account that sent it, never a person''s name.';

CREATE INDEX sample_result_division ON sample_result (division, received_at);

-- migrate: rollback
-- forward only

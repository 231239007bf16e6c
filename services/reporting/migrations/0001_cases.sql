-- cases: one for each positive sample, with their direct reports, reviews and withdrawals, which are append-only
-- depends:

-- migrate: apply
CREATE TABLE case_file (
    case_id      uuid PRIMARY KEY,
    sample_id    uuid NOT NULL UNIQUE,
    division     text COLLATE "C" NOT NULL,
    institution  text NOT NULL,
    method       text NOT NULL,
    tube_code    text NOT NULL,
    sampled_at   timestamptz NOT NULL,
    positive_at  timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    received_at  timestamptz NOT NULL,
    state        text NOT NULL CHECK (state IN ('opened', 'reported', 'reviewed', 'withdrawn')),
    reported_at  timestamptz,
    reviewed_at  timestamptz,
    withdrawn_at timestamptz,
    CONSTRAINT state_follows_its_facts CHECK (
        (state = 'withdrawn') = (withdrawn_at IS NOT NULL)
        AND (state <> 'opened' OR (reported_at IS NULL AND reviewed_at IS NULL))
        AND (state <> 'reported' OR (reported_at IS NOT NULL AND reviewed_at IS NULL))
        AND (state <> 'reviewed' OR reviewed_at IS NOT NULL)
        AND (reviewed_at IS NULL OR reported_at IS NOT NULL)
    )
);

COMMENT ON TABLE case_file IS 'One row a positive sample, whatever is delivered twice: both ids are unique.';
COMMENT ON COLUMN case_file.institution IS 'The institution that found the sample positive.';
COMMENT ON COLUMN case_file.reported_at IS 'occurred_at of the first direct report; no correction moves it.';
COMMENT ON COLUMN case_file.reviewed_at IS 'occurred_at of the first review; no correction moves it.';

CREATE INDEX case_file_positive ON case_file (positive_at, case_id);
CREATE INDEX case_file_division ON case_file (division, positive_at, case_id);
CREATE INDEX case_file_state ON case_file (state, positive_at);
CREATE INDEX case_file_institution ON case_file (institution, positive_at, case_id);

CREATE TABLE positive_withdrawal (
    sample_id    uuid PRIMARY KEY,
    division     text COLLATE "C" NOT NULL,
    institution  text NOT NULL,
    reason_code  text NOT NULL,
    withdrawn_by text NOT NULL,
    occurred_at  timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    received_at  timestamptz NOT NULL
);

COMMENT ON TABLE positive_withdrawal IS 'Withdrawn positives; a row may stand here before the case that it ends.';

CREATE TABLE case_report (
    case_id        uuid NOT NULL REFERENCES case_file,
    revision       integer NOT NULL CHECK (revision >= 1),
    classification text NOT NULL,
    institution    text NOT NULL,
    reporter       text NOT NULL,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (case_id, revision)
);

COMMENT ON COLUMN case_report.reporter IS 'Who reported, as stated; never on the bus, in a log or in a metric.';
COMMENT ON COLUMN case_report.received_from IS 'Id of the key or account that sent it, never a person''s name.';

CREATE TABLE case_review (
    case_id                  uuid NOT NULL REFERENCES case_file,
    revision                 integer NOT NULL CHECK (revision >= 1),
    outcome                  text NOT NULL,
    reviewer                 text NOT NULL,
    investigation_started_at timestamptz NOT NULL,
    occurred_at              timestamptz NOT NULL,
    recorded_at              timestamptz NOT NULL,
    received_at              timestamptz NOT NULL,
    received_from            text NOT NULL,
    PRIMARY KEY (case_id, revision)
);

COMMENT ON COLUMN case_review.reviewer IS 'Who reviewed, as stated; never on the bus, in a log or in a metric.';

-- migrate: rollback
-- forward only

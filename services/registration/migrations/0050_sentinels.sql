-- the register of sentinels, and their silences
-- depends: 0004_plans

-- migrate: apply
CREATE TABLE sentinel (
    sentinel             text COLLATE "C" PRIMARY KEY,
    division             text COLLATE "C" NOT NULL,
    township             text COLLATE "C" NOT NULL,
    kind                 text NOT NULL,
    name                 text NOT NULL,
    in_charge_sealed     bytea NOT NULL,
    usual_days_per_week  integer CHECK (usual_days_per_week BETWEEN 1 AND 7),
    open_since           timestamptz NOT NULL,
    closed_at            timestamptz,
    looked_at_on         date,
    changed_at           timestamptz NOT NULL,
    received_from        text NOT NULL,
    CHECK (closed_at >= open_since)
);

COMMENT ON COLUMN sentinel.sentinel IS 'The code by which reports and sales name it.';
COMMENT ON COLUMN sentinel.township IS 'The township that it stands in: reports from there that name its code are its own.';
COMMENT ON COLUMN sentinel.in_charge_sealed IS 'Name and telephone of the person in charge, as one sealed document.';
COMMENT ON COLUMN sentinel.usual_days_per_week IS 'On how many days a week it usually reports, as declared; stands for its habit until there is one.';
COMMENT ON COLUMN sentinel.looked_at_on IS 'The day, in Asia/Shanghai, on which its silence was last judged.';

CREATE INDEX sentinel_division ON sentinel (division, sentinel);
CREATE INDEX sentinel_looked_at ON sentinel (looked_at_on NULLS FIRST, sentinel) WHERE closed_at IS NULL;

CREATE TABLE sentinel_silence (
    sentinel      text COLLATE "C" NOT NULL REFERENCES sentinel,
    quiet_since   date NOT NULL,
    noticed_at    timestamptz NOT NULL,
    quiet_days    integer NOT NULL,
    habit_reports integer NOT NULL,
    habit_days    integer NOT NULL,
    ended_at      timestamptz,
    PRIMARY KEY (sentinel, quiet_since)
);

COMMENT ON COLUMN sentinel_silence.quiet_since IS 'The first day, in Asia/Shanghai, without a report.';
COMMENT ON COLUMN sentinel_silence.quiet_days IS 'How many days it had been when it was noticed.';

CREATE UNIQUE INDEX sentinel_silence_open ON sentinel_silence (sentinel) WHERE ended_at IS NULL;

CREATE INDEX symptom_report_sentinel ON symptom_report (sentinel, seen_at);

-- migrate: rollback
-- forward only

-- the statutory clocks: their facts, their merged rows, the steps that fired, and what each firing asks of paging
-- depends:

-- migrate: apply
CREATE TABLE policy_version (
    pack_id       text NOT NULL,
    version       integer NOT NULL,
    content_hash  text NOT NULL,
    document      jsonb NOT NULL,
    stored_at     timestamptz NOT NULL,
    PRIMARY KEY (pack_id, version)
);

COMMENT ON TABLE policy_version IS 'Every version of the policy that ever bound a clock, whole and unchanged; clocks refer to it by pack and version.';

CREATE TABLE clock (
    id              uuid PRIMARY KEY,
    number          bigint GENERATED ALWAYS AS IDENTITY,
    started_at      timestamptz,
    due_at          timestamptz,
    stopped_at      timestamptz,
    voided_at       timestamptz,
    reference_at    timestamptz,
    start_event_id  uuid,
    stop_event_id   uuid,
    void_event_id   uuid,
    rule_version    integer NOT NULL,
    rule_id         text COLLATE "C" NOT NULL,
    subject         text COLLATE "C" NOT NULL,
    pack_id         text COLLATE "C" NOT NULL,
    division        text COLLATE "C" NOT NULL,
    owner           text COLLATE "C" NOT NULL,
    institution     text,
    void_reason     text,
    voided_by       text,
    step_instants   timestamptz[] NOT NULL,
    step_kinds      text[] NOT NULL,
    step_rungs      smallint[] NOT NULL,
    CONSTRAINT clock_steps_agree CHECK (
        cardinality(step_instants) = cardinality(step_kinds)
        AND cardinality(step_instants) = cardinality(step_rungs)
    ),
    CONSTRAINT clock_starts_whole CHECK ((started_at IS NULL) = (due_at IS NULL))
) WITH (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02
);

COMMENT ON TABLE clock IS 'The merge of each clock''s facts, with the steps that were frozen at its start. Its state is never stored.';
COMMENT ON COLUMN clock.number IS 'In the order of arming: the key of its timer, so that timers which fire together lie together.';
COMMENT ON COLUMN clock.step_rungs IS 'The rung of the ladder that each step pages, counted from 1; 0 pages nobody.';

CREATE UNIQUE INDEX clock_by_subject ON clock (subject, rule_id);

CREATE INDEX clock_open ON clock (due_at, id) INCLUDE (rule_id)
    WHERE started_at IS NOT NULL AND stopped_at IS NULL AND voided_at IS NULL;

CREATE INDEX clock_by_due ON clock (due_at, id) WHERE started_at IS NOT NULL;

CREATE INDEX clock_by_division ON clock (division, due_at, id) WHERE started_at IS NOT NULL;

CREATE TABLE clock_timer (
    number        bigint PRIMARY KEY,
    clock_id      uuid NOT NULL,
    next_step_at  timestamptz NOT NULL,
    armed_at      timestamptz NOT NULL,
    next_step     smallint NOT NULL CHECK (next_step >= 0),
    fault         text
) WITH (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02
);

COMMENT ON TABLE clock_timer IS 'The next step of every open clock that has one left; written only by who holds the lock on the clock''s row.';
COMMENT ON COLUMN clock_timer.armed_at IS 'When the steps became known here; a step cannot fire before that, however late its facts were.';
COMMENT ON COLUMN clock_timer.next_step IS 'How many steps have fired.';
COMMENT ON COLUMN clock_timer.fault IS 'Why the last attempt to fire failed; next_step_at was then pushed aside.';

CREATE INDEX clock_timer_by_next_step ON clock_timer (next_step_at);

CREATE INDEX clock_timer_faulty ON clock_timer (number) WHERE fault IS NOT NULL;

CREATE TABLE clock_fact (
    clock_id      uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('start', 'stop', 'void')),
    event_id      uuid NOT NULL,
    event_type    text NOT NULL,
    division      text COLLATE "C" NOT NULL,
    occurred_at   timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    reference_at  timestamptz,
    institution   text,
    reason        text,
    name          text,
    PRIMARY KEY (clock_id, kind, event_id)
);

COMMENT ON TABLE clock_fact IS 'What each event said about each clock, once; written in the transaction that merges it into the clock.';

CREATE TABLE clock_step (
    clock_id      uuid NOT NULL,
    step_index    smallint NOT NULL,
    kind          text NOT NULL,
    due_at        timestamptz NOT NULL,
    fired_at      timestamptz NOT NULL,
    late_seconds  double precision NOT NULL,
    PRIMARY KEY (clock_id, step_index)
);

COMMENT ON TABLE clock_step IS 'The steps that fired; the key is the proof that none of them fired twice.';

CREATE TABLE page_request (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    clock_id     uuid NOT NULL,
    occasion     text NOT NULL CHECK (occasion IN ('inform', 'warn', 'breach')),
    rung         smallint NOT NULL CHECK (rung >= 1),
    step_due_at  timestamptz NOT NULL,
    division     text COLLATE "C" NOT NULL,
    created_at   timestamptz NOT NULL,
    composed_at  timestamptz
);

COMMENT ON TABLE page_request IS 'What firings ask of paging, one for each clock and firing: the most severe step that fired.';

CREATE INDEX page_request_waiting ON page_request (step_due_at, id) WHERE composed_at IS NULL;

CREATE TABLE reporting_day (
    rule_id    text COLLATE "C" NOT NULL,
    day        date NOT NULL,
    units      integer NOT NULL,
    opened_at  timestamptz NOT NULL,
    PRIMARY KEY (rule_id, day)
);

COMMENT ON TABLE reporting_day IS 'The reporting days whose clocks have been started for every unit of the register.';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER policy_version_never_changes BEFORE UPDATE OR DELETE ON policy_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER clock_fact_never_changes BEFORE UPDATE OR DELETE ON clock_fact
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER clock_step_never_changes BEFORE UPDATE OR DELETE ON clock_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

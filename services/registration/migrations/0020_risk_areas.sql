-- risk areas: what was said of each, and whom a change of them touches
-- depends: 0004_plans

-- migrate: apply
ALTER TABLE risk_area ADD COLUMN division text COLLATE "C" NOT NULL;
ALTER TABLE risk_area ADD COLUMN prefix text COLLATE "C" NOT NULL;
ALTER TABLE risk_area ADD COLUMN reason text;

COMMENT ON COLUMN risk_area.division IS 'Whose register it stands in: the municipality that keeps it.';
COMMENT ON COLUMN risk_area.prefix IS 'What the codes of all areas within begin with.';
COMMENT ON COLUMN risk_area.reason IS 'Why it was withdrawn; null while it stands.';

CREATE INDEX risk_area_prefix ON risk_area (prefix, since) WHERE withdrawn_at IS NULL;
CREATE INDEX risk_area_list ON risk_area (since DESC, risk_area_id DESC);

CREATE TABLE risk_area_statement (
    risk_area_id   uuid NOT NULL REFERENCES risk_area,
    statement_id   uuid NOT NULL,
    name           text NOT NULL,
    until          date,
    source         text NOT NULL,
    withdrawn      boolean NOT NULL,
    reason         text,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (risk_area_id, statement_id)
);

COMMENT ON TABLE risk_area_statement IS 'Everything that was said of a risk area; the word entered last holds; append-only.';

CREATE TRIGGER risk_area_statement_never_changes BEFORE UPDATE OR DELETE ON risk_area_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE risk_area_change (
    change_id     uuid PRIMARY KEY,
    risk_area_id  uuid NOT NULL REFERENCES risk_area,
    area          text COLLATE "C" NOT NULL,
    first_day     date NOT NULL,
    last_day      date,
    changed_at    timestamptz NOT NULL,
    after_return  uuid NOT NULL,
    returns       integer NOT NULL DEFAULT 0,
    plans         integer NOT NULL DEFAULT 0,
    finished_at   timestamptz
);

COMMENT ON TABLE risk_area_change IS 'Changes of risk areas, and how far the judging of whom they touch has come.';
COMMENT ON COLUMN risk_area_change.last_day IS 'The last day on which the change matters; null: from first_day for ever.';
COMMENT ON COLUMN risk_area_change.after_return IS 'Returns up to this id were judged again.';
COMMENT ON COLUMN risk_area_change.returns IS 'How many returns it touched until now.';
COMMENT ON COLUMN risk_area_change.plans IS 'How many plans it changed until now.';

CREATE INDEX risk_area_change_waiting ON risk_area_change (changed_at, change_id) WHERE finished_at IS NULL;
CREATE INDEX risk_area_change_area ON risk_area_change (risk_area_id, changed_at);

CREATE TABLE risk_area_touched (
    change_id     uuid NOT NULL REFERENCES risk_area_change,
    return_id     uuid NOT NULL REFERENCES return_record,
    risk_area_id  uuid NOT NULL REFERENCES risk_area,
    touched_id    uuid NOT NULL,
    person_id     uuid REFERENCES person,
    division      text COLLATE "C" NOT NULL,
    plan_id       uuid REFERENCES plan,
    plan_version  integer,
    judged_at     timestamptz NOT NULL,
    PRIMARY KEY (change_id, return_id)
);

COMMENT ON TABLE risk_area_touched IS 'Whom a change of a risk area touched.';
COMMENT ON COLUMN risk_area_touched.plan_version IS 'The version of the plan that followed from it; null when the plan stayed as it was.';

CREATE UNIQUE INDEX risk_area_touched_list ON risk_area_touched (risk_area_id, division, touched_id);

-- migrate: rollback
-- forward only

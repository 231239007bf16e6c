-- the daily round: health reports, the days for which one is owed, and episodes of symptoms
-- depends: 0041_charges

-- migrate: apply
CREATE TABLE health_report (
    report_id            uuid PRIMARY KEY,
    person_id            uuid NOT NULL REFERENCES person,
    division             text COLLATE "C" NOT NULL,
    day                  date NOT NULL,
    period               text NOT NULL CHECK (period IN ('morning', 'evening')),
    temperature_celsius  numeric(4, 2) NOT NULL,
    symptoms             text[] NOT NULL,
    reporter             text NOT NULL,
    measured_at          timestamptz NOT NULL,
    first_measured_at    timestamptz NOT NULL,
    recorded_at          timestamptz NOT NULL,
    statement_id         uuid NOT NULL,
    first_received_at    timestamptz NOT NULL,
    changed_at           timestamptz NOT NULL
);

COMMENT ON TABLE health_report IS 'What holds of the report of a person, a day and a period: the statement that was recorded last.';
COMMENT ON COLUMN health_report.division IS 'Where the person was when it came in: where their stage is, or where they live.';

CREATE INDEX health_report_person ON health_report (person_id, day DESC, period);
CREATE INDEX health_report_day ON health_report (day, division, report_id);

CREATE TABLE health_statement (
    report_id            uuid NOT NULL REFERENCES health_report,
    statement_id         uuid NOT NULL,
    temperature_celsius  numeric(4, 2) NOT NULL,
    symptoms             text[] NOT NULL,
    reporter             text NOT NULL,
    measured_at          timestamptz NOT NULL,
    recorded_at          timestamptz NOT NULL,
    received_at          timestamptz NOT NULL,
    received_from        text NOT NULL,
    PRIMARY KEY (report_id, statement_id)
);

COMMENT ON TABLE health_statement IS 'Everything that was said of a report, each thing once; corrections append.';

CREATE TRIGGER health_statement_never_changes BEFORE UPDATE OR DELETE ON health_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE health_day (
    person_id       uuid NOT NULL REFERENCES person,
    day             date NOT NULL,
    division        text COLLATE "C" NOT NULL,
    opened_at       timestamptz,
    opened_late     boolean NOT NULL DEFAULT false,
    reported_at     timestamptz,
    followed_up_at  timestamptz,
    outcome         text,
    excused_at      timestamptz,
    PRIMARY KEY (person_id, day),
    CHECK ((followed_up_at IS NULL) = (outcome IS NULL))
);

COMMENT ON TABLE health_day IS 'A day of a person; a report is owed for it once it was opened.';
COMMENT ON COLUMN health_day.reported_at IS 'The earliest measurement that was reported for the day.';
COMMENT ON COLUMN health_day.excused_at IS 'When management ended before a report was there.';

CREATE INDEX health_day_missing ON health_day (day, division, person_id)
    WHERE opened_at IS NOT NULL AND reported_at IS NULL AND followed_up_at IS NULL AND excused_at IS NULL;

CREATE TABLE health_round (
    day           date PRIMARY KEY,
    begun_at      timestamptz NOT NULL,
    after_person  uuid NOT NULL,
    people        integer NOT NULL,
    finished_at   timestamptz
);

COMMENT ON TABLE health_round IS 'How far a day has been opened for everybody under management, in the order of ids.';

CREATE INDEX health_round_unfinished ON health_round (day) WHERE finished_at IS NULL;

CREATE TABLE symptom_episode (
    episode_id                   uuid PRIMARY KEY,
    person_id                    uuid NOT NULL REFERENCES person,
    division                     text COLLATE "C" NOT NULL,
    symptoms                     text[] NOT NULL,
    highest_temperature_celsius  numeric(4, 2) NOT NULL,
    opened_at                    timestamptz NOT NULL,
    recorded_at                  timestamptz NOT NULL,
    followed_up_at               timestamptz,
    closed_at                    timestamptz,
    outcome                      text,
    changed_at                   timestamptz NOT NULL,
    CHECK ((closed_at IS NULL) = (outcome IS NULL))
);

COMMENT ON TABLE symptom_episode IS 'A fever or listed symptoms of somebody, from the measurement that showed them until an outcome.';

CREATE UNIQUE INDEX symptom_episode_open ON symptom_episode (person_id) WHERE closed_at IS NULL;
CREATE INDEX symptom_episode_division ON symptom_episode (division, episode_id);
CREATE INDEX symptom_episode_open_division ON symptom_episode (division, episode_id) WHERE closed_at IS NULL;
CREATE INDEX symptom_episode_person ON symptom_episode (person_id);

CREATE TABLE symptom_step (
    step_id        uuid PRIMARY KEY,
    episode_id     uuid NOT NULL REFERENCES symptom_episode,
    step           text NOT NULL,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL
);

COMMENT ON TABLE symptom_step IS 'What was done about an episode, each thing once; append-only.';

CREATE INDEX symptom_step_episode ON symptom_step (episode_id);

CREATE TRIGGER symptom_step_never_changes BEFORE UPDATE OR DELETE ON symptom_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

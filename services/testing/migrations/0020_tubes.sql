-- tubes, the samples in them, and the chain that they pass through
-- depends: 0030_results_by_week

-- migrate: apply
CREATE TABLE tube (
    tube_id            uuid PRIMARY KEY,
    code               text COLLATE "C" NOT NULL,
    division           text COLLATE "C" NOT NULL,
    point              text,
    size               smallint NOT NULL CHECK (size IN (1, 5, 10, 20)),
    campaign_id        uuid,
    planned_laboratory text,
    opened_at          timestamptz NOT NULL,
    opened_by          text NOT NULL,
    recorded_at        timestamptz NOT NULL,
    received_at        timestamptz NOT NULL,
    stored_on          date NOT NULL,
    is_open            boolean NOT NULL,
    members            smallint NOT NULL DEFAULT 0,
    sealed_at          timestamptz,
    boxed_at           timestamptz,
    handed_over_at     timestamptz,
    arrived_at         timestamptz,
    registered_at      timestamptz,
    run_at             timestamptz,
    laboratory         text,
    flags              text[] NOT NULL DEFAULT '{}',
    result_sample_id   uuid,
    result             text,
    result_revision    integer,
    resulted_at        timestamptz,
    told_members       smallint NOT NULL DEFAULT 0,
    told_revision      smallint NOT NULL DEFAULT 0,
    CONSTRAINT closed_by_its_result CHECK (
        (result_sample_id IS NULL) = (result IS NULL) AND (result IS NULL) = (resulted_at IS NULL)
        AND NOT (is_open AND result IS NOT NULL)
    )
) WITH (fillfactor = 80);

COMMENT ON TABLE tube IS 'One row a tube; what follows from its steps and results is worked out anew whenever one of them arrives.';
COMMENT ON COLUMN tube.opened_by IS 'Id of the key or account that told of it, never a person''s name.';
COMMENT ON COLUMN tube.stored_on IS 'The day (Shanghai) on which it became known here; its samples lie in that week''s partition.';
COMMENT ON COLUMN tube.sealed_at IS 'The earliest step of its kind, as are the five that follow; all steps are in tube_step.';
COMMENT ON COLUMN tube.laboratory IS 'Where it was last received, registered or run; until then the laboratory that was planned.';
COMMENT ON COLUMN tube.result_sample_id IS 'Of the results of this code the one that holds, by the sample_id of sample_result.';
COMMENT ON COLUMN tube.told_members IS 'How many members, in the order of sample.number, have been told what holds.';
COMMENT ON COLUMN tube.told_revision IS 'Raised whenever what was told of the members turns into something else.';

CREATE UNIQUE INDEX tube_open_code ON tube (code) WHERE is_open;
CREATE INDEX tube_code ON tube (code, opened_at);
CREATE INDEX tube_division ON tube (division, opened_at, tube_id);

CREATE TABLE sample (
    sample_id    uuid NOT NULL,
    stored_on    date NOT NULL,
    tube_id      uuid NOT NULL,
    number       smallint NOT NULL,
    subject_kind text NOT NULL CHECK (subject_kind IN ('person', 'environment', 'goods', 'household')),
    person_id    uuid,
    object_id    text,
    division     text COLLATE "C" NOT NULL,
    category     text,
    plan_id      uuid,
    case_id      uuid,
    due_id       uuid,
    campaign_id  uuid,
    retest_of    uuid,
    reported_at  timestamptz,
    sampled_at   timestamptz NOT NULL,
    position     smallint,
    recorded_at  timestamptz NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (sample_id, stored_on)
) PARTITION BY RANGE (stored_on);

COMMENT ON TABLE sample IS 'What was taken once from one subject into a tube; plan, case, campaign and due test are optional links.';
COMMENT ON COLUMN sample.number IS 'The order in which the members of the tube became known here, from 1.';
COMMENT ON COLUMN sample.position IS 'Where it stands on the sampling point''s list, if that says so.';
COMMENT ON COLUMN sample.retest_of IS 'The sample of a pool that this one, taken singly, is to decide.';
COMMENT ON COLUMN sample.reported_at IS 'When the village reported the subject, where a report led to the sample.';

CREATE INDEX sample_tube ON sample (tube_id, number);
CREATE INDEX sample_person ON sample (person_id, sampled_at) WHERE person_id IS NOT NULL;
CREATE INDEX sample_object ON sample (object_id, sampled_at) WHERE object_id IS NOT NULL;
CREATE INDEX sample_retest ON sample (retest_of) WHERE retest_of IS NOT NULL;
CREATE TABLE sample_other PARTITION OF sample DEFAULT;

CREATE TRIGGER sample_never_changes BEFORE UPDATE OR DELETE ON sample
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER sample_row_never_changes BEFORE UPDATE OR DELETE ON sample
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE tube_step (
    step_id             uuid NOT NULL,
    kind                text NOT NULL CHECK (kind IN ('sealed', 'boxed', 'handed-over', 'received', 'registered', 'run')),
    tube_code           text COLLATE "C",
    box                 text COLLATE "C",
    at                  timestamptz NOT NULL,
    recorded_at         timestamptz NOT NULL,
    received_at         timestamptz NOT NULL,
    received_from       text NOT NULL,
    reach               text COLLATE "C" NOT NULL,
    division            text COLLATE "C" NOT NULL,
    place               text,
    institution         text,
    plate               text,
    well                text,
    temperature_celsius real,
    PRIMARY KEY (step_id, at),
    CHECK (tube_code IS NOT NULL OR box IS NOT NULL)
) PARTITION BY RANGE (at);

COMMENT ON TABLE tube_step IS 'The chain as it was told, append-only; whether its tube was known, and when it arrived here, does not matter.';
COMMENT ON COLUMN tube_step.tube_code IS 'Absent where the step is of a whole box.';
COMMENT ON COLUMN tube_step.reach IS 'The division of the key that told it: a step is of a tube only within that subtree.';

CREATE INDEX tube_step_code ON tube_step (tube_code, at) WHERE tube_code IS NOT NULL;
CREATE INDEX tube_step_box ON tube_step (box, at) WHERE box IS NOT NULL;
CREATE TABLE tube_step_other PARTITION OF tube_step DEFAULT;

CREATE TRIGGER tube_step_never_changes BEFORE UPDATE OR DELETE ON tube_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER tube_step_row_never_changes BEFORE UPDATE OR DELETE ON tube_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION keep_tube_weeks(first_at timestamptz, last_at timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    week date := date_trunc('week', first_at AT TIME ZONE 'Asia/Shanghai')::date;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('weeks of tubes', 0));
    WHILE week <= (last_at AT TIME ZONE 'Asia/Shanghai')::date LOOP
        IF to_regclass('sample_' || to_char(week, 'IYYY"w"IW')) IS NULL THEN
            BEGIN
                EXECUTE format(
                    'CREATE TABLE %I PARTITION OF sample FOR VALUES FROM (%L) TO (%L)',
                    'sample_' || to_char(week, 'IYYY"w"IW'), week, week + 7
                );
                made := made + 1;
            EXCEPTION WHEN check_violation THEN
                NULL;  -- rows of this week lie in sample_other already, and those that follow join them
            END;
        END IF;
        IF to_regclass('tube_step_' || to_char(week, 'IYYY"w"IW')) IS NULL THEN
            BEGIN
                EXECUTE format(
                    'CREATE TABLE %I PARTITION OF tube_step FOR VALUES FROM (%L) TO (%L)',
                    'tube_step_' || to_char(week, 'IYYY"w"IW'), week::timestamp AT TIME ZONE 'Asia/Shanghai',
                    (week + 7)::timestamp AT TIME ZONE 'Asia/Shanghai'
                );
                made := made + 1;
            EXCEPTION WHEN check_violation THEN
                NULL;
            END;
        END IF;
        week := week + 7;
    END LOOP;
    RETURN made;
END
$$;

REVOKE EXECUTE ON FUNCTION keep_tube_weeks(timestamptz, timestamptz) FROM PUBLIC;

COMMENT ON FUNCTION keep_tube_weeks(timestamptz, timestamptz) IS 'Makes the partitions of samples and steps between two instants that are lacking; the service owns no table and so asks this.';

SELECT keep_tube_weeks(now(), now() + interval '8 weeks');

-- migrate: rollback
-- forward only

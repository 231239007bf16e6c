-- results in a table for each week, and a key for each in one place: what a row costs does not grow with what is stored
-- depends: 0003_person

-- migrate: apply
ALTER TABLE sample_result RENAME TO sample_result_before;
ALTER INDEX sample_result_pkey RENAME TO sample_result_before_pkey;
DROP INDEX sample_result_division;

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
    person_id     uuid,
    PRIMARY KEY (sample_id, revision, received_at)
) PARTITION BY RANGE (received_at);

CREATE TABLE sample_result_other PARTITION OF sample_result DEFAULT;

-- few rows in it: what the auditor asks for, whatever the number of negatives
CREATE INDEX sample_result_positive ON sample_result (received_at) WHERE result = 'positive';

COMMENT ON TABLE sample_result IS 'One row a result, in a partition for each week of receipt; the highest revision of a sample holds, the others stay on record. Every row has its result_key.';
COMMENT ON TABLE sample_result_other IS 'Results of weeks for which no partition was made in time; correct, if slower.';
COMMENT ON COLUMN sample_result.received_from IS 'Id of the key or account that sent it, never a person''s name.';
COMMENT ON COLUMN sample_result.person_id IS 'The person by the id that registration gives; never a name or a number.';

-- A unique key of a partitioned table must hold what it is partitioned by, so this one stands in a table of its own.
-- Codes of tubes run in sequence, so new keys fall beside one another, where ids would fall all over the index.
CREATE TABLE result_key (
    institution text COLLATE "C" NOT NULL,
    tube_code   text COLLATE "C" NOT NULL,
    revision    smallint NOT NULL,
    sample_id   uuid NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (institution, tube_code, revision)
);

COMMENT ON TABLE result_key IS 'Which results there are, each once: an institution''s tube and the revision; received_at tells the partition.';

CREATE FUNCTION keep_result_weeks(first_at timestamptz, last_at timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    week timestamp := date_trunc('week', first_at AT TIME ZONE 'Asia/Shanghai');
    name text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('weeks of results', 0));
    WHILE week <= last_at AT TIME ZONE 'Asia/Shanghai' LOOP
        name := 'sample_result_' || to_char(week, 'IYYY"w"IW');
        IF to_regclass(name) IS NULL THEN
            BEGIN
                EXECUTE format(
                    'CREATE TABLE %I PARTITION OF sample_result FOR VALUES FROM (%L) TO (%L)',
                    name, week AT TIME ZONE 'Asia/Shanghai', (week + interval '7 days') AT TIME ZONE 'Asia/Shanghai'
                );
                made := made + 1;
            EXCEPTION WHEN check_violation THEN
                NULL;  -- results of this week lie in sample_result_other already, and those that follow join them
            END;
        END IF;
        week := week + interval '7 days';
    END LOOP;
    RETURN made;
END
$$;

REVOKE EXECUTE ON FUNCTION keep_result_weeks(timestamptz, timestamptz) FROM PUBLIC;

COMMENT ON FUNCTION keep_result_weeks(timestamptz, timestamptz) IS 'Makes the partitions of the weeks between two instants that lack one; the service owns no table and so asks this.';

SELECT keep_result_weeks(week, week)
FROM (SELECT DISTINCT date_trunc('week', received_at, 'Asia/Shanghai') AS week FROM sample_result_before) AS weeks;

SELECT keep_result_weeks(now(), now() + interval '8 weeks');

INSERT INTO sample_result SELECT * FROM sample_result_before ORDER BY received_at;

INSERT INTO result_key (institution, tube_code, revision, sample_id, received_at)
SELECT institution, tube_code, revision, sample_id, received_at
FROM sample_result_before
ORDER BY institution, tube_code, revision
ON CONFLICT (institution, tube_code, revision) DO NOTHING;

DROP TABLE sample_result_before;

CREATE TRIGGER sample_result_never_changes BEFORE UPDATE OR DELETE ON sample_result
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- also where somebody names a partition, which knows nothing of its parent's statements
CREATE TRIGGER sample_result_row_never_changes BEFORE UPDATE OR DELETE ON sample_result
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER result_key_never_changes BEFORE UPDATE OR DELETE ON result_key
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

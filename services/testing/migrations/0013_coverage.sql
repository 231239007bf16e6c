-- due against done for each unit, category and day, at every level of the tree
-- depends: 0012_base_numbers

-- migrate: apply
CREATE TABLE coverage_day (
    division  text COLLATE "C" NOT NULL,
    day       date NOT NULL,
    category  text COLLATE "C" NOT NULL,
    due       bigint NOT NULL,
    done      bigint NOT NULL,
    late      bigint NOT NULL,
    PRIMARY KEY (division, day, category)
);

COMMENT ON TABLE coverage_day IS 'For a unit of any level, all units below it included: what was due by a day, and what of it is done.';
COMMENT ON COLUMN coverage_day.late IS 'Of the done, those sampled after the day.';

CREATE TABLE coverage_change (
    change_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    division   text COLLATE "C" NOT NULL,
    day        date NOT NULL,
    category   text COLLATE "C" NOT NULL,
    due        bigint NOT NULL,
    done       bigint NOT NULL,
    late       bigint NOT NULL
);

COMMENT ON TABLE coverage_change IS 'What has changed and is not yet added up: few rows, so that nobody waits for another''s sum.';

CREATE FUNCTION note_coverage_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO coverage_change (division, day, category, due, done, late)
    SELECT division, due_on, category, sum(wanted), sum(done),
           coalesce(sum(done) FILTER (WHERE settled_on > due_on), 0)
    FROM now_stands WHERE stands
    GROUP BY division, due_on, category;
    RETURN NULL;
END
$$;

CREATE FUNCTION note_coverage_of_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO coverage_change (division, day, category, due, done, late)
    SELECT division, due_on, category, sum(sign * wanted), sum(sign * done),
           coalesce(sum(sign * done) FILTER (WHERE settled_on > due_on), 0)
    FROM (
        SELECT 1 AS sign, division, due_on, category, wanted, done, settled_on FROM now_stands WHERE stands
        UNION ALL
        SELECT -1, division, due_on, category, wanted, done, settled_on FROM once_stood WHERE stands
    ) AS change
    GROUP BY division, due_on, category
    HAVING sum(sign * wanted) <> 0 OR sum(sign * done) <> 0
        OR coalesce(sum(sign * done) FILTER (WHERE settled_on > due_on), 0) <> 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER due_test_coverage_of_new AFTER INSERT ON due_test
    REFERENCING NEW TABLE AS now_stands
    FOR EACH STATEMENT EXECUTE FUNCTION note_coverage_of_new();

CREATE TRIGGER due_test_coverage_of_changed AFTER UPDATE ON due_test
    REFERENCING NEW TABLE AS now_stands OLD TABLE AS once_stood
    FOR EACH STATEMENT EXECUTE FUNCTION note_coverage_of_changed();

-- migrate: rollback
-- forward only

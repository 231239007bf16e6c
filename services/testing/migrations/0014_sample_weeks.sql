-- samples in a table for each week, forgotten week by week
-- depends: 0013_coverage

-- migrate: apply
CREATE FUNCTION keep_taken_weeks(first_at timestamptz, last_at timestamptz, forget_before timestamptz)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    week timestamp := date_trunc('week', first_at AT TIME ZONE 'Asia/Shanghai');
    name text;
    changed integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('weeks of taken samples', 0));
    WHILE week <= last_at AT TIME ZONE 'Asia/Shanghai' LOOP
        name := 'taken_sample_' || to_char(week, 'YYYYMMDD');
        IF to_regclass(name) IS NULL THEN
            BEGIN
                EXECUTE format(
                    'CREATE TABLE %I PARTITION OF taken_sample FOR VALUES FROM (%L) TO (%L)',
                    name, week AT TIME ZONE 'Asia/Shanghai', (week + interval '7 days') AT TIME ZONE 'Asia/Shanghai'
                );
                changed := changed + 1;
            EXCEPTION WHEN check_violation THEN
                NULL;  -- samples of this week lie in taken_sample_other already, and those that follow join them
            END;
        END IF;
        week := week + interval '7 days';
    END LOOP;
    FOR name IN
        SELECT child.relname FROM pg_inherits AS link
        JOIN pg_class AS child ON child.oid = link.inhrelid
        WHERE link.inhparent = 'taken_sample'::regclass AND child.relname ~ '^taken_sample_[0-9]{8}$'
    LOOP
        IF to_date(right(name, 8), 'YYYYMMDD')::timestamp + interval '7 days'
            <= forget_before AT TIME ZONE 'Asia/Shanghai'
        THEN
            EXECUTE format('DROP TABLE %I', name);
            changed := changed + 1;
        END IF;
    END LOOP;
    DELETE FROM taken_sample_other WHERE sampled_at < forget_before;
    RETURN changed;
END
$$;

REVOKE EXECUTE ON FUNCTION keep_taken_weeks(timestamptz, timestamptz, timestamptz) FROM PUBLIC;

COMMENT ON FUNCTION keep_taken_weeks(timestamptz, timestamptz, timestamptz) IS
    'Makes the tables of weeks that lack one, and drops those whose samples no due test needs any more.';

-- migrate: rollback
-- forward only

-- people of one telephone and surname who are taken in at the same instant are held against each other afterwards
-- depends: 0011_people_reads

-- migrate: apply
CREATE TABLE suspect_look (
    look_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  uuid NOT NULL
);

COMMENT ON TABLE suspect_look IS 'People who were held against others by their own transaction, which did not see what others were writing.';

-- migrate: rollback
-- forward only

-- who is looked at again also when their return turns out to be another one, told again
-- depends: 0021_returns_of_people 0043_contact_unmaskings

-- migrate: apply
CREATE OR REPLACE FUNCTION look_at_returns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO care_look (person_id)
    SELECT DISTINCT about.person_id
    FROM changed AS now_is JOIN formerly USING (return_id),
         LATERAL (VALUES (now_is.person_id), (formerly.person_id)) AS about (person_id)
    WHERE (
        now_is.person_id IS DISTINCT FROM formerly.person_id
        OR (now_is.withdrawn_into IS NULL) <> (formerly.withdrawn_into IS NULL)
    ) AND about.person_id IS NOT NULL;
    RETURN NULL;
END
$$;

-- those who were given people for such a return before
INSERT INTO care_look (person_id)
SELECT DISTINCT person_id FROM return_record WHERE withdrawn_into IS NOT NULL AND person_id IS NOT NULL;
INSERT INTO care_look (person_id)
SELECT person_id FROM person WHERE merged_into IS NOT NULL;

-- migrate: rollback
-- forward only

-- all records of one person, however often they were merged; and whose symptoms stand, by the same chains
-- depends: 0095_ill_people 0010_people_ledger

-- migrate: apply
CREATE FUNCTION records_of(ids uuid[]) RETURNS TABLE (asked uuid, person_id uuid)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100 AS $$
    WITH RECURSIVE up AS (
        SELECT id AS asked, id AS person_id FROM unnest(ids) AS one (id)
        UNION
        SELECT up.asked, person.merged_into
        FROM up JOIN person USING (person_id)
        WHERE person.merged_into IS NOT NULL
    ),
    same AS (
        SELECT up.asked, up.person_id FROM up
        UNION
        SELECT same.asked, person.person_id FROM same JOIN person ON person.merged_into = same.person_id
    )
    SELECT same.asked, same.person_id FROM same
$$;

COMMENT ON FUNCTION records_of IS 'Each id with every id that stands for the same person, itself among them, also where it is nobody''s.';

DROP VIEW ill_person;

CREATE VIEW ill_record AS
SELECT person_id FROM symptom_episode WHERE closed_at IS NULL
UNION ALL
SELECT person_id FROM drug_follow_up WHERE state <> 'closed' AND symptoms <> '{}';

COMMENT ON VIEW ill_record IS 'The records under which symptoms stand that nobody has closed: of the daily round, or of a buyer of drugs who is followed.';

CREATE VIEW ill_person AS
WITH RECURSIVE up AS (
    SELECT person.person_id, person.merged_into FROM ill_record JOIN person USING (person_id)
    UNION
    SELECT person.person_id, person.merged_into FROM up JOIN person ON person.person_id = up.merged_into
)
SELECT person_id FROM up WHERE merged_into IS NULL;

COMMENT ON VIEW ill_person IS 'Whose symptoms stand against a release; of those who were merged, whoever they became in the end.';

-- migrate: rollback
-- forward only

-- who has symptoms that nobody has closed: of the daily round, or of a buyer of drugs who is followed for them
-- depends: 0033_care_lists 0042_health 0051_drug_sales

-- migrate: apply
CREATE VIEW ill_person AS
SELECT DISTINCT COALESCE(person.merged_into, person.person_id) AS person_id
FROM person
JOIN (
    SELECT person_id FROM symptom_episode WHERE closed_at IS NULL
    UNION ALL
    SELECT person_id FROM drug_follow_up WHERE state <> 'closed' AND symptoms <> '{}'
) AS ill USING (person_id);

COMMENT ON VIEW ill_person IS 'Whose symptoms stand against a release; of those who were merged, whoever they became.';

DROP TABLE open_symptom;

-- migrate: rollback
-- forward only

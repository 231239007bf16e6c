-- plans: for whom each was begun, so that a plan goes back with its person when a merge is undone
-- depends: 0022_plan_decisions

-- migrate: apply
ALTER TABLE plan ADD COLUMN begun_for uuid REFERENCES person;
UPDATE plan SET begun_for = person_id;
ALTER TABLE plan ALTER COLUMN begun_for SET NOT NULL;

COMMENT ON COLUMN plan.person_id IS 'Whose it is; of people who were merged, whoever survived.';
COMMENT ON COLUMN plan.begun_for IS 'For whom it was begun, as they were known then.';

CREATE INDEX plan_begun_for ON plan (begun_for);

-- migrate: rollback
-- forward only

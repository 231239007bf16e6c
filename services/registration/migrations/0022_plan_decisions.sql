-- plans: what each is about, so that a person whose plan has ended is not given the same plan again
-- depends: 0021_returns_of_people

-- migrate: apply
ALTER TABLE plan ADD COLUMN anchor uuid;

COMMENT ON COLUMN plan.anchor IS 'What it is about: the return, or without one the ground that began first; null: the return.';

CREATE INDEX plan_return ON plan (return_id) WHERE return_id IS NOT NULL;

-- migrate: rollback
-- forward only

-- whose sample it is, where the laboratory was told: what a person under management owes is settled by it
-- depends: 0002_append_only

-- migrate: apply
ALTER TABLE sample_result ADD COLUMN person_id uuid;

COMMENT ON COLUMN sample_result.person_id IS 'The person by the id that registration gives; never a name or a number.';

-- migrate: rollback
-- forward only

-- returns of people: what is one return under several references, and whom it is
-- depends: 0020_risk_areas

-- migrate: apply
ALTER TABLE return_record ADD COLUMN last_arrival_at timestamptz;
UPDATE return_record SET last_arrival_at = arrived_at;
ALTER TABLE return_record ALTER COLUMN last_arrival_at SET NOT NULL;
ALTER TABLE return_record ADD COLUMN withdrawn_into uuid REFERENCES return_record;
ALTER TABLE return_record ADD CHECK (withdrawn_into <> return_id);

COMMENT ON COLUMN return_record.person_id IS 'Who returned, as they were known then; people merged later are found through person.merged_into.';
COMMENT ON COLUMN return_record.last_arrival_at IS 'The latest arrival that anybody told of; what lies near it is the same return.';
COMMENT ON COLUMN return_record.withdrawn_into IS 'The return that it turned out to be, told again under another reference.';

CREATE INDEX return_record_withdrawn ON return_record (withdrawn_into) WHERE withdrawn_into IS NOT NULL;

CREATE TABLE return_reference (
    reference_id  uuid PRIMARY KEY,
    return_id     uuid NOT NULL
);

COMMENT ON TABLE return_reference IS 'Which return a reference names: the references of one return are many, its own among them.';

INSERT INTO return_reference (reference_id, return_id) SELECT return_id, return_id FROM return_record;

CREATE INDEX return_reference_return ON return_reference (return_id);

ALTER TABLE return_statement ADD COLUMN person_id uuid REFERENCES person;
ALTER TABLE return_statement ADD COLUMN division text COLLATE "C";
ALTER TABLE return_statement ADD COLUMN reference text;
ALTER TABLE return_statement ADD COLUMN told jsonb;

COMMENT ON COLUMN return_statement.reference IS 'The reference under which it was said; null: that of the return.';
COMMENT ON COLUMN return_statement.told IS 'What was said of the way home; null for nothing.';

-- migrate: rollback
-- forward only

-- the audit of unmaskings in the order of time, and people by the division that told of them
-- depends: 0010_people_ledger

-- migrate: apply
CREATE INDEX person_unmasking_time ON person_unmasking (unmasked_at, unmasking_id);
CREATE INDEX person_place_division ON person_place (division, person_id);

-- migrate: rollback
-- forward only

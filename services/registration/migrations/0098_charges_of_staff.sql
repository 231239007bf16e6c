-- what began and ended for each responsible person, for them to read
-- depends: 0041_charges

-- migrate: apply
CREATE INDEX charge_began ON charge (staff_id, assigned_at, charge_id);
CREATE INDEX charge_ended ON charge (staff_id, ended_at, charge_id) WHERE ended_at IS NOT NULL;

-- migrate: rollback
-- forward only

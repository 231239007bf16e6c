-- a pool that was withdrawn and holds again is a round of its own, with a clock of its own
-- depends: 0021_pools

-- migrate: apply
ALTER TABLE pool ADD COLUMN sample_id uuid;
UPDATE pool SET sample_id = pool_id;
ALTER TABLE pool ALTER COLUMN sample_id SET NOT NULL;

CREATE INDEX pool_sample ON pool (sample_id);

COMMENT ON TABLE pool IS 'A pool found positive or unclear, from when that was told until it is withdrawn. Negative pools have no row.';
COMMENT ON COLUMN pool.pool_id IS 'At first the sample_id of its result; one that was withdrawn and holds again has a further id.';
COMMENT ON COLUMN pool.sample_id IS 'The result that made it a pool; another laboratory''s result of the same tube makes no further one.';
COMMENT ON COLUMN pool.resulted_at IS 'When the tube was first found not to be negative, by the results that stand.';

-- migrate: rollback
-- forward only

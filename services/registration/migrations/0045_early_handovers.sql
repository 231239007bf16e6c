-- hand-overs of people whom new facts let leave a site before its last day
-- depends: 0031_handovers 0044_withdrawn_returns

-- migrate: apply
ALTER TABLE handover ADD COLUMN leaves_early boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN handover.leaves_early IS 'Whether new facts ended the stay at the site, and not its last day.';

-- migrate: rollback
-- forward only

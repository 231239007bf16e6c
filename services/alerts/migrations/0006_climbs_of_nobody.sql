-- climbs of nobody: clocks for whom nobody was on duty stand in a line of their own
-- depends: 0005_notices

-- migrate: apply
CREATE INDEX climb_in_line ON climb ((rung IS NULL), next_at) WHERE next_at IS NOT NULL;

DROP INDEX climb_by_next;

-- migrate: rollback
-- forward only

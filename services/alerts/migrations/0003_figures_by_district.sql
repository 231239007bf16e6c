-- open clocks are counted by district too: along the index, as before
-- depends: 0002_paging

-- migrate: apply
DROP INDEX clock_open;

CREATE INDEX clock_open ON clock (due_at, id) INCLUDE (rule_id, division)
    WHERE started_at IS NOT NULL AND stopped_at IS NULL AND voided_at IS NULL;

-- migrate: rollback
-- forward only

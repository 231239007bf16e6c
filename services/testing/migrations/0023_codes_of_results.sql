-- results are found by the code of their tube alone: a sampling point does not know which institution tests it
-- depends: 0022_pool_rounds

-- migrate: apply
CREATE INDEX result_key_code ON result_key (tube_code);

-- migrate: rollback
-- forward only

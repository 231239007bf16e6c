-- on which care list a stage puts people stands in the policy, and is frozen into the plan with the stage
-- depends: 0033_care_lists 0045_early_handovers

-- migrate: apply
ALTER TABLE plan_stage ADD COLUMN care_list text
    CHECK (care_list IN ('in-central-quarantine', 'at-home', 'in-community-management'));

UPDATE plan_stage
SET care_list = CASE kind
    WHEN 'central-quarantine' THEN 'in-central-quarantine'
    WHEN 'community-management' THEN 'in-community-management'
    ELSE 'at-home'
END;

ALTER TABLE plan_stage ALTER COLUMN care_list SET NOT NULL;

COMMENT ON COLUMN plan_stage.care_list IS 'On which list people stand meanwhile, by the policy that the version was decided by.';

-- migrate: rollback
-- forward only

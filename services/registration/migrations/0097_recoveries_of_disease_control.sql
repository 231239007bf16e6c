-- by which institution of disease control it was stated that an infection is over, and the list of these words
-- depends: 0078_recoveries

-- migrate: apply
ALTER TABLE person_recovery ADD COLUMN institution text;

COMMENT ON COLUMN person_recovery.institution IS 'The institution of disease control that decided, by its code; null for what was stated before it was asked for.';

CREATE INDEX person_recovery_division ON person_recovery (division, recovery_id);

-- migrate: rollback
-- forward only

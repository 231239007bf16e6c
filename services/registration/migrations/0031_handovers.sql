-- hand-overs from a quarantine site to the village or community where the person lives
-- depends: 0030_samples

-- migrate: apply
CREATE TABLE handover (
    handover_id           uuid PRIMARY KEY,
    plan_id               uuid NOT NULL REFERENCES plan,
    person_id             uuid NOT NULL REFERENCES person,
    division              text COLLATE "C" NOT NULL,
    state                 text NOT NULL,
    change_on             date NOT NULL,
    requested_at          timestamptz NOT NULL,
    taken_over_at         timestamptz,
    take_over_recorded_at timestamptz,
    taken_over_from       text,
    confirmed_at          timestamptz,
    confirmation_recorded_at timestamptz,
    confirmed_from        text,
    missed_at             timestamptz,
    withdrawn_at          timestamptz,
    CHECK (state IN ('requested', 'taken-over', 'confirmed', 'withdrawn')),
    CHECK (confirmed_at >= taken_over_at),
    CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    CHECK (state <> 'confirmed' OR confirmed_at IS NOT NULL)
);

COMMENT ON COLUMN handover.division IS 'The receiving division: where the person lives.';
COMMENT ON COLUMN handover.change_on IS 'The first day at home; by its first moment the hand-over is to be confirmed.';
COMMENT ON COLUMN handover.confirmed_from IS 'Id of the key or account that told of it, never a person''s name.';

CREATE UNIQUE INDEX handover_of_change ON handover (plan_id, change_on) WHERE withdrawn_at IS NULL;
CREATE INDEX handover_person ON handover (person_id);
CREATE INDEX handover_division ON handover (division, handover_id);
CREATE INDEX handover_open ON handover (change_on) WHERE state IN ('requested', 'taken-over');

-- migrate: rollback
-- forward only

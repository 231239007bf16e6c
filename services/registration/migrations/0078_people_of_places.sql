-- who works in key places and who lives or learns there: they report their health every day
-- depends: 0070_places 0046_care_lists_of_stages

-- migrate: apply
CREATE TABLE place_person (
    place_id       uuid NOT NULL REFERENCES place,
    person_id      uuid NOT NULL REFERENCES person,
    role           text NOT NULL CHECK (role IN ('staff', 'member')),
    since          date NOT NULL,
    left_on        date,
    recorded_at    timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    received_from  text NOT NULL,
    PRIMARY KEY (place_id, person_id),
    CHECK (left_on >= since)
);

COMMENT ON TABLE place_person IS 'The list that each key place sends of its people; what was entered last holds.';
COMMENT ON COLUMN place_person.left_on IS 'The first day on which they are not there any more.';

CREATE INDEX place_person_person ON place_person (person_id);

ALTER TABLE health_day ADD COLUMN place text COLLATE "C";

COMMENT ON COLUMN health_day.place IS 'The code of the key place for whose people the report is owed; empty for who is under management.';

CREATE INDEX health_day_place ON health_day (place, day) WHERE place IS NOT NULL;

-- migrate: rollback
-- forward only

-- the lists that part people: each person is in exactly one; and the symptoms that nobody has closed yet
-- depends: 0032_release_certificates

-- migrate: apply
CREATE TABLE open_symptom (
    person_id  uuid PRIMARY KEY REFERENCES person,
    since      timestamptz NOT NULL
);

COMMENT ON TABLE open_symptom IS 'Who has a fever or a listed symptom that nobody has closed: keeps from release and stands before every other list.';

CREATE TABLE care_place (
    person_id  uuid PRIMARY KEY REFERENCES person,
    division   text COLLATE "C" NOT NULL,
    list       text,
    since      timestamptz,
    review_on  date,
    placed_at  timestamptz NOT NULL,
    CHECK (list IN (
        'expected', 'arrived-unregistered', 'in-central-quarantine', 'at-home', 'in-community-management',
        'awaiting-transfer', 'symptomatic', 'to-be-released', 'released'
    )),
    CHECK ((list IS NULL) = (since IS NULL))
);

COMMENT ON TABLE care_place IS 'On which list each person stands; NULL for who was never expected, returned or under management.';
COMMENT ON COLUMN care_place.division IS 'Where the person lives or stays.';
COMMENT ON COLUMN care_place.review_on IS 'The next day on which time alone moves the person to another list.';

CREATE INDEX care_place_list ON care_place (list, division, person_id) WHERE list IS NOT NULL;
CREATE INDEX care_place_division ON care_place (division, list) WHERE list IS NOT NULL;
CREATE INDEX care_place_review ON care_place (review_on) WHERE review_on IS NOT NULL;

-- migrate: rollback
-- forward only

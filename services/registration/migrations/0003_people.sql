-- people: who they are lies sealed, and may be found by keyed hashes only
-- depends: 0002_append_only

-- migrate: apply
CREATE TABLE person (
    person_id                        uuid PRIMARY KEY,
    division                         text COLLATE "C" NOT NULL,
    occupation                       text,
    details_sealed                   bytea NOT NULL,
    identity_fingerprint             bytea,
    telephone_fingerprint            bytea,
    telephone_surname_fingerprint    bytea,
    merged_into                      uuid REFERENCES person,
    first_received_at                timestamptz NOT NULL,
    changed_at                       timestamptz NOT NULL,
    CHECK (merged_into <> person_id)
);

COMMENT ON COLUMN person.division IS 'Where the person lives or stays here: the division that answers for them.';
COMMENT ON COLUMN person.occupation IS 'A category of the policy; never an employer.';
COMMENT ON COLUMN person.details_sealed IS 'Name, identity document, telephone, birth and contact, as one sealed document.';
COMMENT ON COLUMN person.identity_fingerprint IS 'Keyed hash of kind and number of the identity document.';

CREATE UNIQUE INDEX person_identity ON person (identity_fingerprint)
    WHERE identity_fingerprint IS NOT NULL AND merged_into IS NULL;
CREATE INDEX person_telephone ON person (telephone_fingerprint) WHERE telephone_fingerprint IS NOT NULL;
CREATE INDEX person_telephone_surname ON person (telephone_surname_fingerprint)
    WHERE telephone_surname_fingerprint IS NOT NULL;
CREATE INDEX person_division ON person (division, person_id);
CREATE INDEX person_merged_into ON person (merged_into) WHERE merged_into IS NOT NULL;

-- migrate: rollback
-- forward only

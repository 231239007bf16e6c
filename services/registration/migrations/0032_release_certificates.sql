-- certificates of release: numbered, and kept as they were issued, without anything that names a person
-- depends: 0031_handovers

-- migrate: apply
CREATE SEQUENCE release_certificate_number AS bigint;

CREATE TABLE release_certificate (
    number        text COLLATE "C" PRIMARY KEY,
    plan_id       uuid NOT NULL UNIQUE REFERENCES plan,
    person_id     uuid NOT NULL REFERENCES person,
    division      text COLLATE "C" NOT NULL,
    issued_at     timestamptz NOT NULL,
    issued_from   text NOT NULL,
    content       jsonb NOT NULL,
    content_hash  text NOT NULL
);

COMMENT ON TABLE release_certificate IS 'What a certificate says beside the person''s name and document, which are read from the person when it is printed; append-only.';
COMMENT ON COLUMN release_certificate.content_hash IS 'SHA-256 of the content, which the verification code covers.';
COMMENT ON COLUMN release_certificate.issued_from IS 'Id of the key or account that ordered the release, or the name of the duty.';

CREATE TRIGGER release_certificate_never_changes BEFORE UPDATE OR DELETE ON release_certificate
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE INDEX plan_to_release ON plan (last_day) WHERE state = 'open' AND held_since IS NULL;

-- migrate: rollback
-- forward only

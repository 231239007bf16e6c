-- who was shown the name and telephone of staff, persons in charge, organisers and contacts
-- depends: 0042_health

-- migrate: apply
CREATE TABLE contact_unmasking (
    unmasking_id   uuid PRIMARY KEY,
    kind           text NOT NULL,
    subject        text COLLATE "C" NOT NULL,
    division       text COLLATE "C" NOT NULL,
    fields         text[] NOT NULL,
    reason         text NOT NULL,
    unmasked_at    timestamptz NOT NULL,
    unmasked_by    text NOT NULL,
    request_id     text NOT NULL
);

COMMENT ON TABLE contact_unmasking IS 'Who was shown whom to call about what, when and why; append-only, written before the answer is sent.';
COMMENT ON COLUMN contact_unmasking.subject IS 'The key, code or id of what the contact belongs to; never a name or a telephone number.';

CREATE INDEX contact_unmasking_time ON contact_unmasking (unmasked_at, unmasking_id);
CREATE INDEX contact_unmasking_subject ON contact_unmasking (kind, subject, unmasked_at, unmasking_id);

CREATE TRIGGER contact_unmasking_never_changes BEFORE UPDATE OR DELETE ON contact_unmasking
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate: rollback
-- forward only

-- notices: a page that tells somebody something and lists no clock
-- depends: 0004_audited_deeds

-- migrate: apply
ALTER TABLE page DROP CONSTRAINT page_items_check;

ALTER TABLE page ADD CONSTRAINT page_items_check CHECK (items >= 0);

CREATE TABLE page_notice (
    page_id  uuid PRIMARY KEY REFERENCES page,
    kind     text NOT NULL CHECK (kind IN ('charge-begun', 'charge-ended')),
    role     text COLLATE "C" NOT NULL,
    subject  uuid NOT NULL
);

COMMENT ON TABLE page_notice IS 'What a page tells that lists no clock: it is handed over once, climbs nowhere and asks for no answer.';
COMMENT ON COLUMN page_notice.subject IS 'The person whom it is about, by id alone.';

-- migrate: rollback
-- forward only

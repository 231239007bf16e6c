-- workbooks that were sent in: what became of them, and their refused rows, sealed, to be mended
-- depends: 0051_campaign_counts

-- migrate: apply
CREATE TABLE workbook_import (
    import_id      uuid PRIMARY KEY,
    ledger         text NOT NULL,
    received_at    timestamptz NOT NULL,
    received_from  text NOT NULL,
    headings       text[] NOT NULL
);

COMMENT ON COLUMN workbook_import.headings IS 'The row of headings as it stood in the sheet, so that refused rows go back as they came.';

CREATE INDEX workbook_import_received ON workbook_import (received_at);

CREATE TABLE workbook_refusal (
    import_id    uuid NOT NULL REFERENCES workbook_import ON DELETE CASCADE,
    row_number   integer NOT NULL,
    row_sealed   bytea NOT NULL,
    PRIMARY KEY (import_id, row_number)
);

COMMENT ON COLUMN workbook_refusal.row_sealed IS 'The cells as they came and the reason, as one sealed document: a sheet may name people though nobody asked for it.';

-- migrate: rollback
-- forward only

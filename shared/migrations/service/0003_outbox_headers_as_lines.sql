-- headers as the lines that NATS sends, written once: nobody parses or checks them again on their way
-- depends: 0002_idempotency

-- migrate: apply
ALTER TABLE outbox ADD COLUMN lines text;

UPDATE outbox SET lines = (
    SELECT string_agg(header.key || ': ' || header.value || chr(13) || chr(10), '')
    FROM jsonb_each_text(headers) AS header
);

ALTER TABLE outbox DROP COLUMN headers;
ALTER TABLE outbox RENAME COLUMN lines TO headers;
ALTER TABLE outbox ALTER COLUMN headers SET NOT NULL;

COMMENT ON COLUMN outbox.headers IS 'One header a line, each ending in CR LF, as NATS sends them.';

-- migrate: rollback
-- forward only

-- name: open_import!
INSERT INTO workbook_import (import_id, ledger, received_at, received_from, headings)
VALUES (:import_id, :ledger, :received_at, :received_from, :headings);

-- name: keep_refusals!
INSERT INTO workbook_refusal (import_id, row_number, row_sealed)
SELECT :import_id, row_number, row_sealed
FROM unnest(:row_numbers ::int[], :rows_sealed ::bytea[]) AS row (row_number, row_sealed)
ON CONFLICT DO NOTHING;

-- name: find_import
SELECT headings
FROM workbook_import
WHERE import_id = :import_id AND ledger = :ledger AND received_from = :received_from;

-- name: refusals
SELECT row_number, row_sealed
FROM workbook_refusal
WHERE import_id = :import_id AND row_number > :after
ORDER BY row_number
LIMIT :most;

-- name: forget_imports!
DELETE FROM workbook_import
WHERE import_id IN (SELECT import_id FROM workbook_import WHERE received_at < :before LIMIT :most);

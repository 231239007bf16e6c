-- name: keep_telling!
INSERT INTO lot_telling (lot_id, division, told_at, blocked)
VALUES (:lot_id, :division, :told_at, :blocked)
ON CONFLICT DO NOTHING;

-- name: tellings_of
SELECT division, told_at, blocked FROM lot_telling WHERE lot_id = :lot_id;

-- name: write_demands
-- Brings the due tests of a lot to what follows from all that was told of it; one taken back by hand stays so.
INSERT INTO due_test AS held
    (due_id, source, division, told_at, dropped_at, series, category, subject_kind, subject_id, reference,
     from_on, due_on, received_at)
SELECT due_id, source, division, told_at, dropped_at, series, category, subject_kind, subject_id, reference,
       from_on, due_on, :received_at ::timestamptz
FROM unnest(
    :due_ids ::uuid[], :sources ::text[], :divisions ::text[], :told_ats ::timestamptz[],
    :dropped_ats ::timestamptz[], :series ::uuid[], :categories ::text[], :subject_kinds ::text[],
    :subject_ids ::uuid[], :references ::text[], :from_ons ::date[], :due_ons ::date[]
) AS row (due_id, source, division, told_at, dropped_at, series, category, subject_kind, subject_id, reference,
          from_on, due_on)
ORDER BY due_id
ON CONFLICT (due_id) DO UPDATE SET
    told_at = excluded.told_at,
    dropped_at = greatest(held.dropped_at, excluded.dropped_at),
    from_on = excluded.from_on, due_on = excluded.due_on
RETURNING due_id, division, at_once, dropped_at,
          coalesce(old.stands, false) AND NOT new.stands AND new.opened_at IS NOT NULL
              AND old.settled_at IS NULL AS was_open;

-- name: reopen_dropped!
-- What had settled a test that is not asked for any more is forgotten.
UPDATE due_test SET done = 0, settled_at = NULL, settled_on = NULL, sample_id = NULL
WHERE due_id = ANY(:due_ids ::uuid[]) AND NOT stands AND settled_at IS NOT NULL;

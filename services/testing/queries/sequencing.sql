-- name: insert_orders
-- Orders for positives that have none; returns those that are new.
INSERT INTO sequencing_order (
    sample_id, division, institution, person_id, positive_at, due_at, state, received_at, changed_at
)
SELECT sample_id, division, institution, person_id, positive_at, due_at, state, :now ::timestamptz, :now
FROM unnest(
    :sample_ids ::uuid[], :divisions ::text[], :institutions ::text[], :person_ids ::uuid[],
    :positive_ats ::timestamptz[], :due_ats ::timestamptz[], :states ::text[]
) AS row (sample_id, division, institution, person_id, positive_at, due_at, state)
ON CONFLICT DO NOTHING
RETURNING sample_id;

-- name: name_person!
-- Whose sample it is, where that was told later.
UPDATE sequencing_order SET person_id = :person_id WHERE sample_id = :sample_id AND person_id IS NULL;

-- name: append_entries!
INSERT INTO sequencing_entry (sample_id, number, kind, said, occurred_at, recorded_at, received_at, received_from)
SELECT row.sample_id,
       1 + (SELECT count(*) FROM sequencing_entry AS held WHERE held.sample_id = row.sample_id),
       :kind, said::jsonb, occurred_at, recorded_at, :now ::timestamptz, :received_from
FROM unnest(:sample_ids ::uuid[], :saids ::text[], :occurred_ats ::timestamptz[], :recorded_ats ::timestamptz[])
    AS row (sample_id, said, occurred_at, recorded_at);

-- name: lock_order
SELECT held.*, known.case_id, known.withdrawn_at AS case_withdrawn_at
FROM sequencing_order AS held
LEFT JOIN sequencing_case AS known USING (sample_id)
WHERE sample_id = :sample_id AND division >= :low AND division < :high
FOR UPDATE OF held;

-- name: find_order
SELECT held.*, known.case_id, known.withdrawn_at AS case_withdrawn_at
FROM sequencing_order AS held
LEFT JOIN sequencing_case AS known USING (sample_id)
WHERE sample_id = :sample_id AND division >= :low AND division < :high;

-- name: order_of_accession$
SELECT sample_id FROM sequencing_order WHERE accession = :accession;

-- name: update_order!
UPDATE sequencing_order
SET state = :state, exclusion = :exclusion, ct = :ct, laboratory = :laboratory, lineage = :lineage,
    accession = :accession, mutations = :mutations, sequenced_at = :sequenced_at, changed_at = :now
WHERE sample_id = :sample_id;

-- name: list_orders
SELECT held.*, known.case_id, known.withdrawn_at AS case_withdrawn_at
FROM sequencing_order AS held
LEFT JOIN sequencing_case AS known USING (sample_id)
WHERE division >= :low AND division < :high
  AND (positive_at, held.sample_id) > (:after_at ::timestamptz, :after_id ::uuid)
  AND (:state ::text IS NULL OR state = :state)
  AND (:overdue_at ::timestamptz IS NULL OR (state = 'ordered' AND due_at < :overdue_at))
ORDER BY positive_at, held.sample_id
LIMIT :most;

-- name: entries_of
SELECT kind, said, occurred_at, recorded_at, received_at, received_from
FROM sequencing_entry
WHERE sample_id = :sample_id
ORDER BY number;

-- name: sequences_beside
-- Sequences of a subtree whose lineage is another's, lies within it or holds it, the latest first.
SELECT held.*, known.case_id, known.withdrawn_at AS case_withdrawn_at
FROM sequencing_order AS held
LEFT JOIN sequencing_case AS known USING (sample_id)
WHERE state = 'sequenced' AND division >= :low AND division < :high
  AND (lineage = ANY(:above ::text[]) OR (lineage >= :lineage || '.' AND lineage < :lineage || '/'))
ORDER BY positive_at DESC
LIMIT :most;

-- name: put_case!
INSERT INTO sequencing_case AS held (sample_id, case_id, opened_at, withdrawn_at)
VALUES (:sample_id, :case_id, :opened_at, :withdrawn_at)
ON CONFLICT (sample_id) DO UPDATE
SET opened_at = coalesce(held.opened_at, excluded.opened_at),
    withdrawn_at = coalesce(held.withdrawn_at, excluded.withdrawn_at);

-- name: positives_without_order
-- Positives of the last weeks that hold, are no pool's, and have no order.
SELECT said.sample_id, said.division, said.institution, said.person_id, said.resulted_at, said.recorded_at
FROM sample_result AS said
WHERE said.result = 'positive' AND said.received_at >= :since AND said.received_at < :until
  AND NOT EXISTS (SELECT FROM sequencing_order AS held WHERE held.sample_id = said.sample_id)
  AND NOT EXISTS (SELECT FROM pooled_result AS pooled WHERE pooled.sample_id = said.sample_id)
  AND NOT EXISTS (
      SELECT FROM result_key AS later
      WHERE later.institution = said.institution AND later.tube_code = said.tube_code
        AND later.revision > said.revision
  )
ORDER BY said.received_at
LIMIT :most;

-- name: claim_overdue
SELECT sample_id, division, institution, positive_at, due_at
FROM sequencing_order
WHERE state = 'ordered' AND due_at < :now AND overdue_told_at IS NULL
ORDER BY due_at, sample_id
LIMIT :most
FOR UPDATE SKIP LOCKED;

-- name: mark_overdue!
UPDATE sequencing_order SET overdue_told_at = :now WHERE sample_id = ANY(:sample_ids ::uuid[]);

-- name: sequencing_figures
SELECT count(*) FILTER (WHERE state = 'ordered') AS ordered,
       count(*) FILTER (WHERE state = 'excluded') AS excluded,
       count(*) FILTER (WHERE state = 'sequenced') AS sequenced,
       count(*) FILTER (WHERE state = 'void') AS void,
       count(*) FILTER (WHERE state = 'ordered' AND due_at < :now) AS overdue
FROM sequencing_order;

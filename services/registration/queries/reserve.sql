-- name: hold_reserve
-- One change of a district's reserve at a time; before any site of it is locked.
SELECT pg_advisory_xact_lock(hashtextextended('quarantine reserve of ' || :district ::text, 0));

-- name: open_case
-- Absent when the case was known to be open already.
INSERT INTO infected_case AS held (case_id, division, opened_at, received_at)
VALUES (:case_id ::uuid, :division ::text, :opened_at ::timestamptz, :now ::timestamptz)
ON CONFLICT (case_id) DO UPDATE SET opened_at = excluded.opened_at
WHERE held.opened_at IS NULL
RETURNING withdrawn_at IS NULL AS counts;

-- name: withdraw_case
-- Absent when the case was known to be withdrawn already.
INSERT INTO infected_case AS held (case_id, division, withdrawn_at, received_at)
VALUES (:case_id ::uuid, :division ::text, :withdrawn_at ::timestamptz, :now ::timestamptz)
ON CONFLICT (case_id) DO UPDATE SET withdrawn_at = excluded.withdrawn_at
WHERE held.withdrawn_at IS NULL
RETURNING case_id;

-- name: count_infected
SELECT count(*)
FROM infected_case
WHERE opened_at IS NOT NULL AND withdrawn_at IS NULL AND division >= :low AND division < :high;

-- name: newest_case
SELECT case_id, division
FROM infected_case
WHERE opened_at IS NOT NULL AND withdrawn_at IS NULL AND division >= :low AND division < :high
ORDER BY opened_at DESC, case_id
LIMIT 1;

-- name: infected_by_division
SELECT division, count(*) AS infected
FROM infected_case
WHERE opened_at IS NOT NULL AND withdrawn_at IS NULL AND division >= :low AND division < :high
GROUP BY division;

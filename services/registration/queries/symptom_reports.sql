-- name: insert_symptom_reports
-- Stores reports that are new; those that are known already come back absent.
INSERT INTO symptom_report (
    report_id, division, sentinel, reference, state, symptoms, seen_at, seen_recorded_at, due_at,
    reported_at, report_recorded_at, first_received_at, changed_at
)
SELECT report_id, division, sentinel, reference, state, string_to_array(symptoms, ' '), seen_at, seen_recorded_at, due_at,
       reported_at, report_recorded_at, :received_at ::timestamptz, :received_at
FROM unnest(
    :report_ids ::uuid[], :divisions ::text[], :sentinels ::text[], :references ::text[], :states ::text[],
    :symptoms ::text[], :seen_ats ::timestamptz[], :seen_recorded_ats ::timestamptz[], :due_ats ::timestamptz[],
    :reported_ats ::timestamptz[], :report_recorded_ats ::timestamptz[]
) AS row (
    report_id, division, sentinel, reference, state, symptoms, seen_at, seen_recorded_at, due_at,
    reported_at, report_recorded_at
)
ON CONFLICT (report_id) DO NOTHING
RETURNING report_id;

-- name: lock_symptom_reports
-- In the order of ids, so that two transactions never wait for each other.
SELECT report_id, division, sentinel, reference, symptoms, seen_at, seen_recorded_at, due_at,
       reported_at, report_recorded_at
FROM symptom_report
WHERE report_id = ANY(:report_ids ::uuid[])
ORDER BY report_id
FOR UPDATE;

-- name: update_symptom_reports!
UPDATE symptom_report AS held
SET state = row.state,
    symptoms = string_to_array(row.symptoms, ' '),
    seen_at = row.seen_at,
    seen_recorded_at = row.seen_recorded_at,
    due_at = row.due_at,
    reported_at = row.reported_at,
    report_recorded_at = row.report_recorded_at,
    changed_at = :changed_at
FROM unnest(
    :report_ids ::uuid[], :states ::text[], :symptoms ::text[], :seen_ats ::timestamptz[],
    :seen_recorded_ats ::timestamptz[], :due_ats ::timestamptz[], :reported_ats ::timestamptz[],
    :report_recorded_ats ::timestamptz[]
) AS row (report_id, state, symptoms, seen_at, seen_recorded_at, due_at, reported_at, report_recorded_at)
WHERE held.report_id = row.report_id;

-- name: append_symptom_statements
-- Stores what was said for the first time; repetitions come back absent.
INSERT INTO symptom_statement (
    report_id, statement_id, symptoms, seen_at, reported_at, recorded_at, received_at, received_from
)
SELECT report_id, statement_id, string_to_array(symptoms, ' '), seen_at, reported_at, recorded_at, :received_at, received_from
FROM unnest(
    :report_ids ::uuid[], :statement_ids ::uuid[], :symptoms ::text[], :seen_ats ::timestamptz[],
    :reported_ats ::timestamptz[], :recorded_ats ::timestamptz[], :received_froms ::text[]
) AS row (report_id, statement_id, symptoms, seen_at, reported_at, recorded_at, received_from)
ON CONFLICT (report_id, statement_id) DO NOTHING
RETURNING statement_id;

-- name: find_symptom_report
SELECT report_id, division, sentinel, reference, symptoms, seen_at, seen_recorded_at, due_at,
       reported_at, report_recorded_at
FROM symptom_report
WHERE report_id = :report_id AND division >= :low AND division < :high;

-- name: symptom_statements
SELECT symptoms, seen_at, reported_at, recorded_at, received_at
FROM symptom_statement
WHERE report_id = :report_id
ORDER BY received_at, statement_id;

-- name: list_symptom_reports
SELECT report_id, division, sentinel, reference, symptoms, seen_at, seen_recorded_at, due_at,
       reported_at, report_recorded_at
FROM symptom_report
WHERE division >= :low AND division < :high
  AND (division, report_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, report_id
LIMIT :most;

-- name: list_symptom_reports_in_state
SELECT report_id, division, sentinel, reference, symptoms, seen_at, seen_recorded_at, due_at,
       reported_at, report_recorded_at
FROM symptom_report
WHERE state = :state
  AND division >= :low AND division < :high
  AND (division, report_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, report_id
LIMIT :most;

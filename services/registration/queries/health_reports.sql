-- name: reporters
-- Who people are now, and where: those who were merged are found as the one they were merged into. Who is in no
-- stage is where the key place is that has them on its list.
WITH RECURSIVE chain AS (
    SELECT asked, asked AS person_id, 0 AS depth FROM unnest(:person_ids ::uuid[]) AS row (asked)
    UNION ALL
    SELECT chain.asked, p.merged_into, depth + 1
    FROM chain JOIN person AS p USING (person_id)
    WHERE p.merged_into IS NOT NULL AND depth < 20
)
SELECT chain.asked, p.person_id, p.division,
       COALESCE(
           (SELECT stage_division FROM plan WHERE plan.person_id = p.person_id AND plan.state = 'open'),
           (SELECT place.division FROM place_person AS listed JOIN place USING (place_id)
            WHERE listed.person_id IN (SELECT same.person_id FROM records_of(ARRAY[p.person_id]) AS same)
              AND listed.left_on IS NULL
            ORDER BY listed.recorded_at DESC LIMIT 1)
       ) AS stage_division
FROM chain JOIN person AS p USING (person_id)
WHERE p.merged_into IS NULL;

-- name: insert_health_reports
-- Stores reports that are new; those that are known already come back absent.
INSERT INTO health_report (
    report_id, person_id, division, day, period, temperature_celsius, symptoms, reporter, measured_at,
    first_measured_at, recorded_at, statement_id, first_received_at, changed_at
)
SELECT report_id, person_id, division, day, period, temperature_celsius, string_to_array(symptoms, ' '), reporter,
       measured_at, first_measured_at, recorded_at, statement_id, :received_at ::timestamptz, :received_at
FROM unnest(
    :report_ids ::uuid[], :person_ids ::uuid[], :divisions ::text[], :days ::date[], :periods ::text[],
    :temperatures ::float8[], :symptoms ::text[], :reporters ::text[], :measured_ats ::timestamptz[],
    :first_measured_ats ::timestamptz[], :recorded_ats ::timestamptz[], :statement_ids ::uuid[]
) AS row (
    report_id, person_id, division, day, period, temperature_celsius, symptoms, reporter, measured_at,
    first_measured_at, recorded_at, statement_id
)
ON CONFLICT (report_id) DO NOTHING
RETURNING report_id;

-- name: lock_health_reports
-- In the order of ids, so that two transactions never wait for each other.
SELECT report_id, person_id, division, day, period, temperature_celsius ::float8 AS temperature_celsius, symptoms,
       reporter, measured_at, first_measured_at, recorded_at, statement_id
FROM health_report
WHERE report_id = ANY(:report_ids ::uuid[])
ORDER BY report_id
FOR UPDATE;

-- name: update_health_reports!
UPDATE health_report AS held
SET temperature_celsius = row.temperature_celsius,
    symptoms = string_to_array(row.symptoms, ' '),
    reporter = row.reporter,
    measured_at = row.measured_at,
    first_measured_at = row.first_measured_at,
    recorded_at = row.recorded_at,
    statement_id = row.statement_id,
    changed_at = :changed_at
FROM unnest(
    :report_ids ::uuid[], :temperatures ::float8[], :symptoms ::text[], :reporters ::text[],
    :measured_ats ::timestamptz[], :first_measured_ats ::timestamptz[], :recorded_ats ::timestamptz[],
    :statement_ids ::uuid[]
) AS row (
    report_id, temperature_celsius, symptoms, reporter, measured_at, first_measured_at, recorded_at, statement_id
)
WHERE held.report_id = row.report_id;

-- name: append_health_statements
-- Stores what was said for the first time; repetitions come back absent.
INSERT INTO health_statement (
    report_id, statement_id, temperature_celsius, symptoms, reporter, measured_at, recorded_at, received_at,
    received_from
)
SELECT report_id, statement_id, temperature_celsius, string_to_array(symptoms, ' '), reporter, measured_at,
       recorded_at, :received_at, received_from
FROM unnest(
    :report_ids ::uuid[], :statement_ids ::uuid[], :temperatures ::float8[], :symptoms ::text[],
    :reporters ::text[], :measured_ats ::timestamptz[], :recorded_ats ::timestamptz[], :received_froms ::text[]
) AS row (
    report_id, statement_id, temperature_celsius, symptoms, reporter, measured_at, recorded_at, received_from
)
ON CONFLICT (report_id, statement_id) DO NOTHING
RETURNING statement_id;

-- name: reports_of_person
SELECT report_id, person_id, division, day, period, temperature_celsius ::float8 AS temperature_celsius, symptoms,
       reporter, measured_at, first_measured_at, recorded_at, statement_id
FROM health_report
WHERE person_id = :person_id
ORDER BY day DESC, period
LIMIT 100;

-- name: list_health_reports
SELECT report_id, person_id, division, day, period, temperature_celsius ::float8 AS temperature_celsius, symptoms,
       reporter, measured_at, first_measured_at, recorded_at, statement_id
FROM health_report
WHERE day = :day AND division >= :low AND division < :high
  AND (division, report_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, report_id
LIMIT :most ::int;

-- name: lock_buyers
-- In the order of ids: sales to the same buyer are judged one after the other.
SELECT person_id FROM person WHERE person_id = ANY(:person_ids ::uuid[])
ORDER BY person_id
FOR NO KEY UPDATE;

-- name: open_plans
SELECT person_id, plan_id, day_zero
FROM plan
WHERE person_id = ANY(:person_ids ::uuid[]) AND state = 'open';

-- name: insert_sales
-- Stores sales that are new; those that are on record already come back absent.
INSERT INTO drug_sale (
    sale_id, division, sentinel, receipt, line, kind, category, product, quantity, symptoms, person_id, reasons,
    sold_at, recorded_at, received_at, received_from
)
SELECT sale_id, division, sentinel, receipt, line, kind, category, product, quantity,
       string_to_array(symptoms, ' '), person_id, string_to_array(reasons, ' '),
       sold_at, recorded_at, :received_at ::timestamptz, received_from
FROM unnest(
    :sale_ids ::uuid[], :divisions ::text[], :sentinels ::text[], :receipts ::text[], :lines ::integer[],
    :kinds ::text[], :categories ::text[], :products ::text[], :quantities ::integer[], :symptoms ::text[],
    :person_ids ::uuid[], :reasons ::text[], :sold_ats ::timestamptz[], :recorded_ats ::timestamptz[],
    :received_froms ::text[]
) AS row (
    sale_id, division, sentinel, receipt, line, kind, category, product, quantity, symptoms, person_id, reasons,
    sold_at, recorded_at, received_from
)
ON CONFLICT (sale_id) DO NOTHING
RETURNING sale_id;

-- name: find_sales
SELECT sale_id, division, sentinel, receipt, line, kind, category, product, quantity, symptoms, person_id,
       reasons, sold_at, recorded_at, received_at
FROM drug_sale
WHERE sale_id = ANY(:sale_ids ::uuid[]);

-- name: list_sales
SELECT sale_id, division, sentinel, receipt, line, kind, category, product, quantity, symptoms, person_id,
       reasons, sold_at, recorded_at, received_at
FROM drug_sale
WHERE division >= :low AND division < :high
  AND (division, sale_id) > (:after_division ::text, :after_id ::uuid)
ORDER BY division, sale_id
LIMIT :most;

-- name: sales_of_follow_up
SELECT sale_id, division, sentinel, receipt, line, kind, category, product, quantity, symptoms, person_id,
       reasons, sold_at, recorded_at, received_at
FROM drug_sale JOIN drug_follow_up_sale USING (sale_id)
WHERE follow_up_id = :follow_up_id
ORDER BY sold_at, sale_id
LIMIT 500;

-- name: lock_open_follow_ups
SELECT follow_up_id, person_id, division, state, reasons, symptoms, sales, last_sold_at, opened_at, followed_at,
       closed_at, outcome
FROM drug_follow_up
WHERE person_id = ANY(:person_ids ::uuid[]) AND state <> 'closed'
ORDER BY follow_up_id
FOR UPDATE;

-- name: write_follow_ups!
INSERT INTO drug_follow_up (
    follow_up_id, person_id, division, state, reasons, symptoms, sales, last_sold_at, opened_at, followed_at,
    closed_at, outcome, changed_at
)
SELECT follow_up_id, person_id, division, state, string_to_array(reasons, ' '), string_to_array(symptoms, ' '),
       sales, last_sold_at, opened_at, followed_at, closed_at, outcome, :changed_at ::timestamptz
FROM unnest(
    :follow_up_ids ::uuid[], :person_ids ::uuid[], :divisions ::text[], :states ::text[], :reasons ::text[],
    :symptoms ::text[], :sales ::integer[], :last_sold_ats ::timestamptz[], :opened_ats ::timestamptz[],
    :followed_ats ::timestamptz[], :closed_ats ::timestamptz[], :outcomes ::text[]
) AS row (
    follow_up_id, person_id, division, state, reasons, symptoms, sales, last_sold_at, opened_at, followed_at,
    closed_at, outcome
)
ON CONFLICT (follow_up_id) DO UPDATE
SET state = excluded.state,
    reasons = excluded.reasons,
    symptoms = excluded.symptoms,
    sales = excluded.sales,
    last_sold_at = excluded.last_sold_at,
    followed_at = excluded.followed_at,
    closed_at = excluded.closed_at,
    outcome = excluded.outcome,
    changed_at = excluded.changed_at;

-- name: link_sales!
INSERT INTO drug_follow_up_sale (follow_up_id, sale_id)
SELECT follow_up_id, sale_id
FROM unnest(:follow_up_ids ::uuid[], :sale_ids ::uuid[]) AS row (follow_up_id, sale_id)
ON CONFLICT DO NOTHING;

-- name: lock_follow_up
SELECT follow_up_id, person_id, division, state, reasons, symptoms, sales, last_sold_at, opened_at, followed_at,
       closed_at, outcome
FROM drug_follow_up
WHERE follow_up_id = :follow_up_id AND division >= :low AND division < :high
FOR UPDATE;

-- name: find_follow_up
SELECT follow_up_id, person_id, division, state, reasons, symptoms, sales, last_sold_at, opened_at, followed_at,
       closed_at, outcome
FROM drug_follow_up
WHERE follow_up_id = :follow_up_id AND division >= :low AND division < :high;

-- name: list_follow_ups
SELECT follow_up_id, person_id, division, state, reasons, symptoms, sales, last_sold_at, opened_at, followed_at,
       closed_at, outcome
FROM drug_follow_up
WHERE division >= :low AND division < :high
  AND (division, follow_up_id) > (:after_division ::text, :after_id ::uuid)
  AND (:state ::text IS NULL OR state = :state)
  AND (:reason ::text IS NULL OR :reason = ANY(reasons))
ORDER BY division, follow_up_id
LIMIT :most;

-- name: append_look
INSERT INTO drug_follow_up_look (follow_up_id, followed_at, symptoms, received_at, received_from)
VALUES (:follow_up_id, :followed_at, :symptoms ::text[], :received_at, :received_from)
ON CONFLICT DO NOTHING
RETURNING follow_up_id;

-- name: looks_of
SELECT followed_at, symptoms, received_at
FROM drug_follow_up_look
WHERE follow_up_id = :follow_up_id
ORDER BY followed_at
LIMIT 500;

-- name: count_to_be_followed
SELECT count(*) FROM drug_follow_up WHERE state = 'to-be-followed';

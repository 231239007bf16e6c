-- name: insert_loan!
INSERT INTO laboratory_loan (
    loan_id, reference, team, lender, borrower, people, tubes_per_day, from_at, until_at, recorded_at, received_at,
    received_from
)
VALUES (
    :loan_id, :reference, :team, :lender, :borrower, :people, :tubes_per_day, :from_at, :until_at, :recorded_at, :now,
    :received_from
)
ON CONFLICT (loan_id) DO NOTHING;

-- name: find_loan
SELECT loan.*, lending.division AS lender_division, borrowing.division AS borrower_division
FROM laboratory_loan AS loan
JOIN laboratory AS lending ON lending.laboratory = loan.lender
JOIN laboratory AS borrowing ON borrowing.laboratory = loan.borrower
WHERE loan_id = :loan_id;

-- name: loans_of_team
SELECT * FROM laboratory_loan WHERE lender = :lender AND team = :team;

-- name: loans_lasting
-- The loans that add to or take from laboratories at an instant.
SELECT * FROM laboratory_loan
WHERE (lender = ANY(:codes ::text[]) OR borrower = ANY(:codes))
  AND from_at <= :at AND until_at > :at AND (ended_at IS NULL OR ended_at > :at);

-- name: end_loan!
UPDATE laboratory_loan SET ended_at = :ended_at WHERE loan_id = :loan_id AND ended_at IS NULL;

-- name: list_loans
SELECT loan.*, lending.division AS lender_division, borrowing.division AS borrower_division
FROM laboratory_loan AS loan
JOIN laboratory AS lending ON lending.laboratory = loan.lender
JOIN laboratory AS borrowing ON borrowing.laboratory = loan.borrower
WHERE ((lending.division >= :low AND lending.division < :high)
    OR (borrowing.division >= :low AND borrowing.division < :high))
  AND (loan.from_at, loan.loan_id) > (:after_from_at ::timestamptz, :after_loan_id ::uuid)
  AND (:lasting_at ::timestamptz IS NULL
       OR (from_at <= :lasting_at AND until_at > :lasting_at AND (ended_at IS NULL OR ended_at > :lasting_at)))
ORDER BY loan.from_at, loan.loan_id
LIMIT :most;

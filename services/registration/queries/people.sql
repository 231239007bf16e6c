-- name: find_people_by_keys
-- People by what is the same only for the same person; merged ones too, for they lead to the surviving one.
SELECT person_id, division, occupation, details_sealed, merged_into, identity_fingerprint,
       repetition_fingerprint, first_received_at
FROM person
WHERE identity_fingerprint = ANY(:identities ::bytea[])
UNION ALL
SELECT person_id, division, occupation, details_sealed, merged_into, identity_fingerprint,
       repetition_fingerprint, first_received_at
FROM person
WHERE repetition_fingerprint = ANY(:repetitions ::bytea[]);

-- name: insert_people
-- Stores people who are new; whom another transaction has just stored comes back absent. The rows come in the
-- order of their hashes, so that two transactions never wait for each other crosswise.
INSERT INTO person (
    person_id, division, occupation, details_sealed, identity_fingerprint, telephone_fingerprint,
    telephone_surname_fingerprint, repetition_fingerprint, first_received_at, changed_at
)
SELECT person_id, division, occupation, details_sealed, identity_fingerprint, telephone_fingerprint,
       telephone_surname_fingerprint, repetition_fingerprint, :received_at ::timestamptz, :received_at
FROM unnest(
    :person_ids ::uuid[], :divisions ::text[], :occupations ::text[], :details_sealed ::bytea[],
    :identities ::bytea[], :telephones ::bytea[], :telephone_surnames ::bytea[], :repetitions ::bytea[]
) AS row (
    person_id, division, occupation, details_sealed, identity_fingerprint, telephone_fingerprint,
    telephone_surname_fingerprint, repetition_fingerprint
)
ON CONFLICT DO NOTHING
RETURNING person_id;

-- name: lock_people
-- In the order of ids; rows of other tables may still refer to them meanwhile.
SELECT person_id, division, occupation, details_sealed, merged_into, identity_fingerprint,
       repetition_fingerprint, first_received_at
FROM person
WHERE person_id = ANY(:person_ids ::uuid[])
ORDER BY person_id
FOR NO KEY UPDATE;

-- name: update_people!
UPDATE person AS held
SET division = row.division,
    occupation = row.occupation,
    details_sealed = row.details_sealed,
    identity_fingerprint = row.identity_fingerprint,
    telephone_fingerprint = row.telephone_fingerprint,
    telephone_surname_fingerprint = row.telephone_surname_fingerprint,
    repetition_fingerprint = row.repetition_fingerprint,
    changed_at = :changed_at
FROM unnest(
    :person_ids ::uuid[], :divisions ::text[], :occupations ::text[], :details_sealed ::bytea[],
    :identities ::bytea[], :telephones ::bytea[], :telephone_surnames ::bytea[], :repetitions ::bytea[]
) AS row (
    person_id, division, occupation, details_sealed, identity_fingerprint, telephone_fingerprint,
    telephone_surname_fingerprint, repetition_fingerprint
)
WHERE held.person_id = row.person_id;

-- name: add_places!
INSERT INTO person_place (person_id, division)
SELECT person_id, division
FROM unnest(:person_ids ::uuid[], :divisions ::text[]) AS row (person_id, division)
ON CONFLICT DO NOTHING;

-- name: append_person_statements
-- Stores what was said for the first time; repetitions come back absent.
INSERT INTO person_statement (
    person_id, statement_id, fingerprint, kind, division, occupation, said_sealed, fields, reason,
    received_at, received_from
)
SELECT person_id, gen_random_uuid(), fingerprint, :kind ::text, division, occupation, said_sealed,
       :fields ::text[], :reason ::text, :received_at ::timestamptz, :received_from ::text
FROM unnest(
    :person_ids ::uuid[], :fingerprints ::bytea[], :divisions ::text[], :occupations ::text[], :said_sealed ::bytea[]
) AS row (person_id, fingerprint, division, occupation, said_sealed)
ON CONFLICT (person_id, fingerprint) DO NOTHING
RETURNING person_id, fingerprint;

-- name: said_before
-- Which of these statements are on record under another key than the one that hashes now.
SELECT person_id, fingerprint
FROM person_statement
WHERE person_id = ANY(:person_ids ::uuid[]) AND fingerprint = ANY(:fingerprints ::bytea[]);

-- name: find_alike
-- At most so many people for each hash of telephone with surname.
SELECT asked.fingerprint, found.*
FROM unnest(:fingerprints ::bytea[]) AS asked (fingerprint)
CROSS JOIN LATERAL (
    SELECT person_id, division, occupation, details_sealed, merged_into, identity_fingerprint,
           repetition_fingerprint, first_received_at
    FROM person
    WHERE telephone_surname_fingerprint = asked.fingerprint
    ORDER BY person_id
    LIMIT :most
) AS found;

-- name: queue_suspects!
INSERT INTO suspect_pair (suspect_id, one, other, division, state, found_at, changed_at)
SELECT suspect_id, one, other, division, 'open', :found_at ::timestamptz, :found_at
FROM unnest(:suspect_ids ::uuid[], :ones ::uuid[], :others ::uuid[], :divisions ::text[])
    AS row (suspect_id, one, other, division)
ON CONFLICT (suspect_id) DO NOTHING;

-- name: note_suspect_looks!
INSERT INTO suspect_look (person_id) SELECT unnest(:person_ids ::uuid[]);

-- name: take_suspect_looks
-- Takes some of those to be looked at again, leaving whom others are taking.
DELETE FROM suspect_look
WHERE look_id = ANY(ARRAY(
    SELECT look_id FROM suspect_look ORDER BY look_id LIMIT :most FOR UPDATE SKIP LOCKED
))
RETURNING person_id;

-- name: people_looked_at
SELECT person_id, division, occupation, details_sealed, merged_into, identity_fingerprint,
       repetition_fingerprint, first_received_at
FROM person
WHERE person_id = ANY(:person_ids ::uuid[]);

-- name: find_by_fingerprints
SELECT person_id, division, identity_fingerprint, telephone_fingerprint
FROM person
WHERE identity_fingerprint = ANY(:identities ::bytea[])
UNION
SELECT person_id, division, identity_fingerprint, telephone_fingerprint
FROM person
WHERE telephone_fingerprint = ANY(:telephones ::bytea[]);

-- name: resolve_people
-- Each id with the one that survives it, itself when it was never merged.
WITH RECURSIVE way AS (
    SELECT person_id AS asked, person_id, merged_into FROM person WHERE person_id = ANY(:person_ids ::uuid[])
    UNION ALL
    SELECT way.asked, person.person_id, person.merged_into
    FROM way JOIN person ON person.person_id = way.merged_into
)
SELECT asked, person_id AS survivor FROM way WHERE merged_into IS NULL;

-- name: people_merged_into
-- Each surviving id with all ids that stand for the same person, its own among them.
WITH RECURSIVE tree AS (
    SELECT person_id AS survivor, person_id FROM person WHERE person_id = ANY(:person_ids ::uuid[])
    UNION ALL
    SELECT tree.survivor, person.person_id FROM tree JOIN person ON person.merged_into = tree.person_id
)
SELECT survivor, person_id FROM tree ORDER BY survivor, person_id;

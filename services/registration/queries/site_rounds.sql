-- name: claim_rounds
-- Open sites whose next round is due; each goes to one process.
SELECT site.code, site.division, site.opened_at, site.rounds + 1 AS round, site.next_round_at AS due_at,
       (site.document ->> 'environment_points')::integer AS environment_points,
       (SELECT count(*) FROM room_stay AS stay WHERE stay.site = site.code AND stay.ended_at IS NULL) AS people
FROM quarantine_site AS site
WHERE site.code = ANY(ARRAY(
    SELECT code FROM quarantine_site
    WHERE next_round_at <= :now
    ORDER BY next_round_at, code
    LIMIT :most
    FOR UPDATE SKIP LOCKED
))
ORDER BY site.next_round_at, site.code
-- Locked here too, so that what is read is what stands now and not what stood when the statement began.
FOR UPDATE OF site;

-- name: insert_rounds!
INSERT INTO site_round (site, opened_at, round, round_id, due_at, people, environment_points, asked_at)
SELECT site, opened_at, round, round_id, due_at, people, environment_points, :now ::timestamptz
FROM unnest(
    :sites ::text[], :opened_ats ::timestamptz[], :rounds ::integer[], :round_ids ::uuid[],
    :due_ats ::timestamptz[], :people ::integer[], :environment_points ::integer[]
) AS row (site, opened_at, round, round_id, due_at, people, environment_points);

-- name: advance_rounds!
UPDATE quarantine_site AS site
SET rounds = row.round, next_round_at = row.next_round_at
FROM unnest(:sites ::text[], :rounds ::integer[], :next_round_ats ::timestamptz[])
    AS row (site, round, next_round_at)
WHERE site.code = row.site;

-- name: rounds_of_site
SELECT round.round_id, round.site, round.round, round.due_at, round.people, round.environment_points,
       round.asked_at
FROM site_round AS round
JOIN quarantine_site AS site ON site.code = round.site
WHERE round.site = :site AND site.division >= :low AND site.division < :high
ORDER BY round.due_at DESC, round.round DESC
LIMIT :most;

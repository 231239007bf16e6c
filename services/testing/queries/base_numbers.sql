-- name: keep_base_numbers
-- Returns what is new or has changed.
INSERT INTO base_number AS held (kind, division, count, stated_at, changed_at)
SELECT kind, division, count, :now ::timestamptz, :now ::timestamptz
FROM unnest(:kinds ::text[], :divisions ::text[], :counts ::int[]) AS row (kind, division, count)
ORDER BY kind, division
ON CONFLICT (kind, division) DO UPDATE SET
    count = excluded.count, stated_at = excluded.stated_at, changed_at = excluded.changed_at
WHERE held.stated_at IS NULL OR held.count <> excluded.count
RETURNING kind, division;

-- name: know_units!
-- Units some of whose members are known and whose number nobody has stated.
INSERT INTO base_number (kind, division, count, changed_at)
SELECT DISTINCT kind, division, 0, :now ::timestamptz
FROM unnest(:kinds ::text[], :divisions ::text[]) AS row (kind, division)
ORDER BY 1, 2
ON CONFLICT (kind, division) DO NOTHING;

-- name: list_base_numbers
SELECT base.kind, base.division, base.count, base.stated_at,
       (SELECT count(*)::int FROM category_member AS member
        WHERE member.kind = base.kind AND member.division = base.division
          AND (member.until_on IS NULL OR member.until_on >= :today ::date)) AS members
FROM base_number AS base
WHERE base.division >= :low AND base.division < :high
  AND (base.division, base.kind) > (:after_division ::text, :after_kind ::text)
ORDER BY base.division, base.kind
LIMIT :most ::int;

-- name: stated_units
-- Units of the subtree that have stated a base number of a kind.
SELECT division FROM base_number
WHERE kind = :kind AND stated_at IS NOT NULL AND division >= :low AND division < :high;

-- name: keep_members
-- Returns what is new or has changed.
INSERT INTO category_member AS held
    (kind, division, subject_id, subject_kind, code, unit, until_on, changed_at)
SELECT kind, division, subject_id, subject_kind, code, unit, until_on, :now ::timestamptz
FROM unnest(
    :kinds ::text[], :divisions ::text[], :subject_ids ::uuid[], :subject_kinds ::text[], :codes ::text[],
    :units ::text[], :until_ons ::date[]
) AS row (kind, division, subject_id, subject_kind, code, unit, until_on)
ORDER BY kind, division, subject_id
ON CONFLICT (kind, division, subject_id) DO UPDATE SET
    unit = excluded.unit, until_on = excluded.until_on, changed_at = excluded.changed_at
WHERE (held.unit, held.until_on) IS DISTINCT FROM (excluded.unit, excluded.until_on)
RETURNING kind, division, subject_id;

-- five for one: who is under care, who answers for them, and who is to be looked at again
-- depends: 0040_grid

-- migrate: apply
CREATE TABLE under_care (
    person_id   uuid PRIMARY KEY REFERENCES person,
    division    text COLLATE "C" NOT NULL,
    missing     text[] NOT NULL,
    since       timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL
);

COMMENT ON TABLE under_care IS 'Everybody for whom five people must answer now, with the roles that nobody holds.';

CREATE INDEX under_care_division ON under_care (division, person_id);
CREATE INDEX under_care_missing ON under_care (division, person_id) WHERE missing <> '{}';

CREATE TABLE grid_place (
    person_id    uuid PRIMARY KEY REFERENCES person,
    block        text,
    building     text,
    recorded_at  timestamptz NOT NULL
);

COMMENT ON TABLE grid_place IS 'In which block and building of their village somebody lives, where that is known.';

CREATE TABLE charge (
    charge_id    uuid PRIMARY KEY,
    person_id    uuid NOT NULL REFERENCES person,
    role         text NOT NULL,
    staff_id     uuid NOT NULL REFERENCES grid_staff,
    division     text COLLATE "C" NOT NULL,
    assigned_at  timestamptz NOT NULL,
    ended_at     timestamptz,
    ended_for    text,
    CHECK ((ended_at IS NULL) = (ended_for IS NULL))
);

COMMENT ON TABLE charge IS 'Who answers for whom in which role, now and formerly; the division is the person''s.';

CREATE UNIQUE INDEX charge_held ON charge (person_id, role) WHERE ended_at IS NULL;
CREATE INDEX charge_person ON charge (person_id);
CREATE INDEX charge_of_staff ON charge (staff_id, division, person_id) WHERE ended_at IS NULL;

CREATE TABLE care_look (
    look_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  uuid NOT NULL
);

COMMENT ON TABLE care_look IS 'Whom the duty of care must look at again, because something about them or the grid changed; each look is taken once.';

-- Plans, returns and people are written by many; whoever does so need not know of the five.
CREATE FUNCTION look_at_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO care_look (person_id)
    SELECT DISTINCT person_id FROM changed WHERE person_id IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION look_at_plans() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO care_look (person_id)
    SELECT DISTINCT now_is.person_id
    FROM changed AS now_is JOIN formerly USING (plan_id)
    WHERE now_is.state <> formerly.state OR now_is.person_id <> formerly.person_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION look_at_returns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO care_look (person_id)
    SELECT DISTINCT about.person_id
    FROM changed AS now_is JOIN formerly USING (return_id),
         LATERAL (VALUES (now_is.person_id), (formerly.person_id)) AS about (person_id)
    WHERE now_is.person_id IS DISTINCT FROM formerly.person_id AND about.person_id IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION look_at_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO care_look (person_id)
    SELECT DISTINCT about.person_id
    FROM changed AS now_is JOIN formerly USING (person_id),
         LATERAL (VALUES (now_is.person_id), (now_is.merged_into), (formerly.merged_into)) AS about (person_id)
    WHERE (now_is.division <> formerly.division OR now_is.merged_into IS DISTINCT FROM formerly.merged_into)
      AND about.person_id IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER plan_begins_care AFTER INSERT ON plan
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION look_at_inserted();
CREATE TRIGGER plan_changes_care AFTER UPDATE ON plan
    REFERENCING OLD TABLE AS formerly NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION look_at_plans();
CREATE TRIGGER return_begins_care AFTER INSERT ON return_record
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION look_at_inserted();
CREATE TRIGGER return_changes_care AFTER UPDATE ON return_record
    REFERENCING OLD TABLE AS formerly NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION look_at_returns();
CREATE TRIGGER person_changes_care AFTER UPDATE ON person
    REFERENCING OLD TABLE AS formerly NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION look_at_people();

-- migrate: rollback
-- forward only

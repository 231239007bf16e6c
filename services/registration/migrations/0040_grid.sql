-- the responsibility grid: who can be responsible, and for what they answer
-- depends: 0004_plans

-- migrate: apply
CREATE TABLE grid_staff (
    staff_id        uuid PRIMARY KEY,
    key             text COLLATE "C" NOT NULL UNIQUE,
    division        text COLLATE "C" NOT NULL,
    roles           text[] NOT NULL CHECK (cardinality(roles) > 0),
    working         boolean NOT NULL,
    details_sealed  bytea NOT NULL,
    recorded_at     timestamptz NOT NULL
);

COMMENT ON TABLE grid_staff IS 'Who can be responsible for villages, buildings and people; the division is the one whose office keeps the entry.';
COMMENT ON COLUMN grid_staff.key IS 'The mark by which the office knows them; never a name or a telephone number.';
COMMENT ON COLUMN grid_staff.details_sealed IS 'Name and telephone, AES-GCM, bound to the person.';

CREATE INDEX grid_staff_division ON grid_staff (division, key);

CREATE TABLE responsibility (
    responsibility_id  uuid PRIMARY KEY,
    staff_id           uuid NOT NULL REFERENCES grid_staff,
    role               text NOT NULL,
    division           text COLLATE "C" NOT NULL,
    block              text,
    building           text,
    recorded_at        timestamptz NOT NULL
);

COMMENT ON TABLE responsibility IS 'Who holds which role for a division, or for a block or building of it.';

CREATE INDEX responsibility_division ON responsibility (division, responsibility_id);
CREATE INDEX responsibility_staff ON responsibility (staff_id);

CREATE TABLE grid_part (
    division     text COLLATE "C" NOT NULL,
    block        text NOT NULL,
    building     text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (division, block, building)
);

COMMENT ON TABLE grid_part IS 'Blocks and buildings that somebody was ever named for; an empty text stands for none.';

-- migrate: rollback
-- forward only

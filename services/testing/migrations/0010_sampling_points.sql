-- sampling points outside hospitals, what each serves, and which one a division's due tests go to
-- depends: 0003_person

-- migrate: apply
CREATE TABLE sampling_point (
    code               text COLLATE "C" PRIMARY KEY,
    point_id           uuid NOT NULL UNIQUE,
    division           text COLLATE "C" NOT NULL,
    kind               text NOT NULL,
    is_open            boolean NOT NULL,
    hands              integer NOT NULL CHECK (hands >= 0),
    trained_hands      integer NOT NULL CHECK (trained_hands BETWEEN 0 AND hands),
    document           jsonb NOT NULL,
    first_received_at  timestamptz NOT NULL,
    changed_at         timestamptz NOT NULL
);

COMMENT ON COLUMN sampling_point.document IS 'Name, address, opening hours and teams, as they were stated.';
COMMENT ON COLUMN sampling_point.hands IS 'People who take samples at the same time, of all its teams.';

CREATE INDEX sampling_point_division ON sampling_point (division, point_id);

CREATE TABLE sampling_point_serves (
    point     text COLLATE "C" NOT NULL REFERENCES sampling_point,
    division  text COLLATE "C" NOT NULL,
    PRIMARY KEY (point, division)
);

CREATE TABLE point_of_division (
    division  text COLLATE "C" PRIMARY KEY,
    point     text COLLATE "C" NOT NULL REFERENCES sampling_point
);

COMMENT ON TABLE point_of_division IS
    'Which open point each division''s due tests go to: worked out anew whenever a point is stated.';

CREATE INDEX point_of_division_point ON point_of_division (point, division);

-- migrate: rollback
-- forward only

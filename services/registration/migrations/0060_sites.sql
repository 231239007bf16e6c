-- quarantine sites, their rooms, who stays in which, and what the reserve of rooms was reckoned from
-- depends: 0004_plans

-- migrate: apply
CREATE TABLE quarantine_site (
    code               text COLLATE "C" PRIMARY KEY,
    site_id            uuid NOT NULL UNIQUE,
    division           text COLLATE "C" NOT NULL,
    kind               text NOT NULL,
    state              text NOT NULL,
    call_up_order      integer,
    document           jsonb NOT NULL,
    opened_at          timestamptz,
    closed_at          timestamptz,
    called_up_at       timestamptz,
    state_reason       text,
    rounds             integer NOT NULL DEFAULT 0,
    next_round_at      timestamptz,
    first_received_at  timestamptz NOT NULL,
    changed_at         timestamptz NOT NULL,
    CHECK (kind IN ('standing', 'back-up', 'temporary-rural')),
    CHECK (state IN ('planned', 'open', 'closed')),
    CHECK ((state = 'open') = (next_round_at IS NOT NULL))
);

COMMENT ON COLUMN quarantine_site.state IS 'An open site without a free room is shown as full.';
COMMENT ON COLUMN quarantine_site.document IS 'Name, address, area, zones, passages, staff by kind, vehicles, as they were stated.';
COMMENT ON COLUMN quarantine_site.next_round_at IS 'When the people and the environment of the site are next due for a test.';

CREATE INDEX quarantine_site_division ON quarantine_site (division, site_id);
CREATE INDEX quarantine_site_next_round ON quarantine_site (next_round_at) WHERE next_round_at IS NOT NULL;

CREATE TABLE quarantine_room (
    site         text COLLATE "C" NOT NULL REFERENCES quarantine_site,
    room         text COLLATE "C" NOT NULL,
    corridor     text NOT NULL,
    position     integer NOT NULL,
    beds         integer NOT NULL CHECK (beds > 0),
    state        text NOT NULL,
    state_since  timestamptz NOT NULL,
    party_id     uuid,
    PRIMARY KEY (site, room),
    UNIQUE (site, room, party_id),
    CHECK (state IN ('ready', 'disinfection', 'withdrawn'))
);

COMMENT ON COLUMN quarantine_room.party_id IS 'The person or family that has the room now; whoever stays in it is of that party, the reference below sees to it.';
COMMENT ON COLUMN quarantine_room.position IS 'Where along its corridor the room lies; rooms of neighbouring positions are adjacent.';

CREATE TABLE quarantine_bed (
    site  text COLLATE "C" NOT NULL,
    room  text COLLATE "C" NOT NULL,
    bed   integer NOT NULL CHECK (bed > 0),
    PRIMARY KEY (site, room, bed),
    FOREIGN KEY (site, room) REFERENCES quarantine_room
);

CREATE TABLE room_stay (
    stay_id      uuid PRIMARY KEY,
    site         text COLLATE "C" NOT NULL,
    room         text COLLATE "C" NOT NULL,
    bed          integer NOT NULL,
    person_id    uuid NOT NULL,
    party_id     uuid NOT NULL,
    division     text COLLATE "C" NOT NULL,
    began_at     timestamptz NOT NULL,
    ended_at     timestamptz,
    end_reason   text,
    received_at  timestamptz NOT NULL,
    open_bed     integer GENERATED ALWAYS AS (CASE WHEN ended_at IS NULL THEN bed END) STORED,
    open_party   uuid GENERATED ALWAYS AS (CASE WHEN ended_at IS NULL THEN party_id END) STORED,
    FOREIGN KEY (site, room) REFERENCES quarantine_room,
    FOREIGN KEY (site, room, open_bed) REFERENCES quarantine_bed,
    FOREIGN KEY (site, room, open_party) REFERENCES quarantine_room (site, room, party_id),
    CHECK (ended_at >= began_at),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);

COMMENT ON TABLE room_stay IS 'Who stays or stayed in which bed. No bed is given twice, nobody has two, no room has two parties: by constraint.';
COMMENT ON COLUMN room_stay.division IS 'Where the person belongs: the division that answers for them.';
COMMENT ON COLUMN room_stay.open_bed IS 'Null once the stay is over, so that only present stays must have a bed that is there.';

CREATE UNIQUE INDEX room_stay_bed ON room_stay (site, room, bed) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX room_stay_person ON room_stay (person_id) WHERE ended_at IS NULL;
CREATE INDEX room_stay_site ON room_stay (site, ended_at);
CREATE INDEX room_stay_of_person ON room_stay (person_id, began_at);

CREATE TABLE infected_case (
    case_id       uuid PRIMARY KEY,
    division      text COLLATE "C" NOT NULL,
    opened_at     timestamptz,
    withdrawn_at  timestamptz,
    received_at   timestamptz NOT NULL
);

COMMENT ON TABLE infected_case IS 'Cases as reporting told of them, for the reserve of rooms; a withdrawal may be heard first.';

CREATE INDEX infected_case_open ON infected_case (division) WHERE opened_at IS NOT NULL AND withdrawn_at IS NULL;

CREATE TABLE site_round (
    site                text COLLATE "C" NOT NULL REFERENCES quarantine_site,
    opened_at           timestamptz NOT NULL,
    round               integer NOT NULL,
    round_id            uuid NOT NULL UNIQUE,
    due_at              timestamptz NOT NULL,
    people              integer NOT NULL,
    environment_points  integer NOT NULL,
    asked_at            timestamptz NOT NULL,
    PRIMARY KEY (site, opened_at, round)
);

CREATE TABLE site_positive (
    stay_id      uuid PRIMARY KEY REFERENCES room_stay,
    site         text COLLATE "C" NOT NULL REFERENCES quarantine_site,
    room         text COLLATE "C" NOT NULL,
    person_id    uuid NOT NULL,
    found_at     timestamptz NOT NULL,
    received_at  timestamptz NOT NULL
);

CREATE INDEX site_positive_site ON site_positive (site, found_at);

CREATE TABLE site_contact (
    stay_id    uuid NOT NULL REFERENCES site_positive,
    person_id  uuid NOT NULL,
    nearness   text NOT NULL,
    PRIMARY KEY (stay_id, person_id)
);

COMMENT ON TABLE site_contact IS 'Who became a contact of a positive inside, and why.';

-- migrate: rollback
-- forward only

-- how many there are of each category in each unit, who and what of them is known by name, and the rounds of units
-- depends: 0011_due_tests

-- migrate: apply
CREATE TABLE base_number (
    kind        text COLLATE "C" NOT NULL,
    division    text COLLATE "C" NOT NULL,
    count       integer NOT NULL CHECK (count >= 0),
    stated_at   timestamptz,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (kind, division)
);

COMMENT ON TABLE base_number IS 'The base number of a category, or of its finer kind, in a unit (town §9).';
COMMENT ON COLUMN base_number.stated_at IS 'Null while only members by name are known and nobody has stated a number.';

CREATE INDEX base_number_division ON base_number (division, kind);

CREATE TABLE category_member (
    kind          text COLLATE "C" NOT NULL,
    division      text COLLATE "C" NOT NULL,
    subject_id    uuid NOT NULL,
    subject_kind  text NOT NULL,
    code          text,
    unit          text COLLATE "C",
    until_on      date,
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (kind, division, subject_id)
);

COMMENT ON COLUMN category_member.code IS 'The mark by which an object is found; null for people, who are known by their id.';
COMMENT ON COLUMN category_member.unit IS 'The code of the workplace or household, whose others are concerned by a case in it.';
COMMENT ON COLUMN category_member.until_on IS 'The last day on which it was one; null while it is.';

CREATE INDEX category_member_subject ON category_member (subject_id);
CREATE INDEX category_member_unit ON category_member (unit, division) WHERE unit IS NOT NULL;

CREATE TABLE due_period (
    kind            text COLLATE "C" NOT NULL,
    first_on        date NOT NULL,
    last_on         date NOT NULL,
    after_division  text COLLATE "C" NOT NULL DEFAULT '',
    units           integer NOT NULL DEFAULT 0,
    begun_at        timestamptz NOT NULL,
    finished_at     timestamptz,
    PRIMARY KEY (kind, first_on)
);

COMMENT ON TABLE due_period IS 'A period of a kind being opened for one unit after the other, in their order.';

CREATE INDEX due_period_unfinished ON due_period (first_on, kind) WHERE finished_at IS NULL;

CREATE TABLE due_round (
    round_id   uuid PRIMARY KEY,
    division   text COLLATE "C" NOT NULL,
    category   text COLLATE "C" NOT NULL,
    place      text COLLATE "C",
    due_on     date NOT NULL,
    opened_at  timestamptz,
    is_told    boolean NOT NULL DEFAULT false,
    done_at    timestamptz
);

COMMENT ON TABLE due_round IS 'What a unit owes in a category and period, or a quarantine site in a round; its tests have its id as series.';
COMMENT ON COLUMN due_round.opened_at IS 'When its last day began and it was looked at; null before.';
COMMENT ON COLUMN due_round.is_told IS 'Whether a clock was started for it.';

CREATE INDEX due_round_unopened ON due_round (due_on, round_id) WHERE opened_at IS NULL;
CREATE INDEX due_test_series ON due_test (series) WHERE stands;

CREATE TABLE dropped_series (
    series      uuid PRIMARY KEY,
    dropped_at  timestamptz NOT NULL
);

COMMENT ON TABLE dropped_series IS 'Whole series that are not asked for any more, such as a withdrawn case: its tests may come later.';

-- migrate: rollback
-- forward only

-- paging: the duty roster, pages and what they list, how far each clock has climbed, every attempt to deliver
-- depends: 0001_clocks

-- migrate: apply
CREATE TABLE duty_person (
    id           uuid PRIMARY KEY,
    key          text COLLATE "C" NOT NULL UNIQUE,
    name         text NOT NULL,
    division     text COLLATE "C" NOT NULL,
    language     text NOT NULL CHECK (language IN ('zh', 'en')),
    working      boolean NOT NULL,
    recorded_at  timestamptz NOT NULL
);

COMMENT ON TABLE duty_person IS 'Who can be on duty; the division is the one whose office keeps the entry.';
COMMENT ON COLUMN duty_person.working IS 'Whether the contact is known to work; nobody is paged who has none that does.';

CREATE INDEX duty_person_by_division ON duty_person (division, key);

CREATE TABLE duty_channel (
    person_id  uuid NOT NULL REFERENCES duty_person ON DELETE CASCADE,
    position   smallint NOT NULL CHECK (position >= 0),
    kind       text NOT NULL,
    gateway    bytea NOT NULL,
    text_limit smallint CHECK (text_limit > 0),
    sealed     bytea NOT NULL,
    PRIMARY KEY (person_id, position)
);

COMMENT ON COLUMN duty_channel.gateway IS 'A keyed hash of kind and host: deliveries are bounded per gateway, so one that hangs delays its own only.';
COMMENT ON COLUMN duty_channel.text_limit IS 'How many characters it carries when that is few, as with text messages.';
COMMENT ON COLUMN duty_channel.sealed IS 'The address with its secrets, AES-GCM, bound to person and position.';

CREATE TABLE duty_shift (
    id           uuid PRIMARY KEY,
    post         text COLLATE "C" NOT NULL,
    division     text COLLATE "C" NOT NULL,
    person_id    uuid NOT NULL REFERENCES duty_person,
    from_at      timestamptz NOT NULL,
    until_at     timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    CONSTRAINT duty_shift_ends_after_start CHECK (from_at < until_at)
);

COMMENT ON TABLE duty_shift IS 'Who holds which post where and when; the id follows from post, division, person and from_at.';

CREATE INDEX duty_shift_by_place ON duty_shift (division, post, until_at);

CREATE INDEX duty_shift_by_end ON duty_shift (until_at);

CREATE INDEX duty_shift_by_person ON duty_shift (person_id, until_at);

CREATE TABLE page (
    id               uuid PRIMARY KEY,
    person_id        uuid NOT NULL REFERENCES duty_person,
    division         text COLLATE "C" NOT NULL,
    occasion         text NOT NULL CHECK (occasion IN ('inform', 'warn', 'breach')),
    items            integer NOT NULL CHECK (items > 0),
    created_at       timestamptz NOT NULL,
    acknowledged_at  timestamptz,
    acknowledged_by  text,
    acknowledged_via text CHECK (acknowledged_via IN ('link', 'key', 'token')),
    CONSTRAINT page_acknowledged_whole CHECK (
        (acknowledged_at IS NULL) = (acknowledged_by IS NULL)
        AND (acknowledged_at IS NULL) = (acknowledged_via IS NULL)
    )
);

COMMENT ON COLUMN page.division IS 'The lowest division that holds every clock of the page.';

CREATE INDEX page_newest ON page (created_at DESC, id DESC);

CREATE INDEX page_by_division ON page (division, created_at DESC);

CREATE INDEX page_by_person ON page (person_id, created_at DESC);

CREATE INDEX page_unacknowledged ON page (created_at, id) WHERE acknowledged_at IS NULL;

CREATE TABLE page_item (
    page_id      uuid NOT NULL REFERENCES page,
    clock_id     uuid NOT NULL,
    occasion     text NOT NULL CHECK (occasion IN ('inform', 'warn', 'breach')),
    step_due_at  timestamptz NOT NULL,
    rung         smallint NOT NULL CHECK (rung >= 1),
    found_in     text COLLATE "C" NOT NULL,
    PRIMARY KEY (page_id, clock_id)
);

COMMENT ON COLUMN page_item.rung IS 'The rung of the ladder that was paged, counted from 1.';
COMMENT ON COLUMN page_item.found_in IS 'The division in which the person was found on duty: the clock''s own or one above it.';

CREATE INDEX page_item_by_clock ON page_item (clock_id, step_due_at);

CREATE TABLE climb (
    clock_id     uuid PRIMARY KEY,
    occasion     text NOT NULL CHECK (occasion IN ('inform', 'warn', 'breach')),
    step_due_at  timestamptz NOT NULL,
    rung         smallint CHECK (rung >= 1),
    next_rung    smallint NOT NULL CHECK (next_rung >= 1),
    next_at      timestamptz,
    held_until   timestamptz
) WITH (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02
);

COMMENT ON TABLE climb IS 'How far the newest step of each clock has climbed its ladder; rungs are counted from 1, a null one found nobody.';

CREATE INDEX climb_by_next ON climb (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE duty_gap (
    id            uuid PRIMARY KEY,
    post          text COLLATE "C" NOT NULL,
    division      text COLLATE "C" NOT NULL,
    search_from   text COLLATE "C" NOT NULL,
    rung          smallint NOT NULL CHECK (rung >= 1),
    clocks        integer NOT NULL,
    opened_at     timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    closed_at     timestamptz
);

COMMENT ON TABLE duty_gap IS 'A post that a page looked for and on which nobody could be paged, from the unit up to the top.';
COMMENT ON COLUMN duty_gap.division IS 'The district of the units concerned, or the municipality: nobody stood above them.';

CREATE UNIQUE INDEX duty_gap_open ON duty_gap (post, division) WHERE closed_at IS NULL;

CREATE INDEX duty_gap_newest ON duty_gap (opened_at DESC);

CREATE TABLE delivery (
    page_id           uuid PRIMARY KEY REFERENCES page,
    person_id         uuid NOT NULL REFERENCES duty_person,
    state             text NOT NULL
        CHECK (state IN ('pending', 'sending', 'accepted', 'unknown', 'exhausted', 'cancelled')),
    channel_position  smallint NOT NULL DEFAULT 0,
    attempts          smallint NOT NULL DEFAULT 0,
    next_attempt_at   timestamptz,
    lease_until       timestamptz,
    finished_at       timestamptz,
    CONSTRAINT delivery_pending_has_time CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
    CONSTRAINT delivery_sending_has_lease CHECK ((state = 'sending') = (lease_until IS NOT NULL))
) WITH (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02
);

COMMENT ON COLUMN delivery.lease_until IS 'After this, an attempt without an outcome is taken as unknown: its process ended while sending.';

CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE state = 'pending';

CREATE INDEX delivery_leased ON delivery (lease_until) WHERE state = 'sending';

CREATE TABLE delivery_attempt (
    id                uuid PRIMARY KEY,
    page_id           uuid NOT NULL REFERENCES page,
    number            smallint NOT NULL CHECK (number >= 1),
    channel_position  smallint NOT NULL,
    channel_kind      text NOT NULL,
    state             text NOT NULL CHECK (state IN ('pending', 'accepted', 'rejected', 'unknown')),
    reason            text,
    started_at        timestamptz NOT NULL,
    finished_at       timestamptz,
    UNIQUE (page_id, number)
);

COMMENT ON TABLE delivery_attempt IS 'Every attempt to hand a page to a channel, written before it is made; addresses are never kept here.';

-- migrate: rollback
-- forward only

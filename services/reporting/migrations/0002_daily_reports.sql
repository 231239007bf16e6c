-- daily reports: one row a filing, the first of a unit and day stands, later ones are corrections
-- depends: 0001_cases

-- migrate: apply
CREATE TABLE daily_report (
    unit          text COLLATE "C" NOT NULL,
    day           date NOT NULL,
    revision      integer NOT NULL CHECK (revision >= 1),
    zero          boolean NOT NULL,
    figures       jsonb,
    abnormal      boolean NOT NULL,
    note          text,
    reporter      text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    received_from text NOT NULL,
    PRIMARY KEY (day, unit, revision),
    CONSTRAINT figures_or_zero CHECK (zero = (figures IS NULL))
);

COMMENT ON TABLE daily_report IS 'Revision 1 is the filing and its receipt; a unit without a row has not reported, which is never zero.';
COMMENT ON COLUMN daily_report.reporter IS 'Who filed it, as stated; never on the bus, in a log or in a metric.';
COMMENT ON COLUMN daily_report.received_from IS 'Id of the key or account that sent it, never a person''s name.';

-- migrate: rollback
-- forward only

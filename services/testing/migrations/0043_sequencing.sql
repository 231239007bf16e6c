-- sequencing: an order for every positive, what became of it, and the case that it belongs to
-- depends: 0042_laboratory_figures 0021_pools

-- migrate: apply
CREATE TABLE sequencing_order (
    sample_id       uuid PRIMARY KEY,
    division        text COLLATE "C" NOT NULL,
    institution     text NOT NULL,
    person_id       uuid,
    positive_at     timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,
    state           text NOT NULL CHECK (state IN ('ordered', 'excluded', 'sequenced', 'void')),
    exclusion       text,
    ct              numeric(5, 2),
    laboratory      text,
    lineage         text COLLATE "C",
    accession       text,
    mutations       text[],
    sequenced_at    timestamptz,
    overdue_told_at timestamptz,
    received_at     timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    CHECK (state <> 'excluded' OR exclusion IS NOT NULL),
    CHECK (state <> 'sequenced' OR num_nulls(laboratory, lineage, accession, sequenced_at) = 0)
);

COMMENT ON TABLE sequencing_order IS 'One row a positive sample, as it stands; everything that was said of it is in sequencing_entry.';
COMMENT ON COLUMN sequencing_order.institution IS 'Who found it positive; who sequenced it is laboratory.';
COMMENT ON COLUMN sequencing_order.mutations IS 'What differs from the reference, where the laboratory said so; null where it did not.';

CREATE INDEX sequencing_order_division ON sequencing_order (division, sample_id);
CREATE INDEX sequencing_order_due ON sequencing_order (due_at, sample_id) WHERE state = 'ordered';
CREATE INDEX sequencing_order_lineage ON sequencing_order (lineage, positive_at) WHERE state = 'sequenced';
CREATE UNIQUE INDEX sequencing_order_accession ON sequencing_order (accession) WHERE accession IS NOT NULL;

CREATE TABLE sequencing_entry (
    sample_id     uuid NOT NULL REFERENCES sequencing_order,
    number        integer NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('ordered', 'excluded', 'sequenced', 'void')),
    said          jsonb NOT NULL,
    occurred_at   timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    received_from text NOT NULL,
    PRIMARY KEY (sample_id, number)
);

COMMENT ON TABLE sequencing_entry IS 'Everything that was said of an order, in the order in which it came; append-only.';

CREATE TRIGGER sequencing_entry_never_changes BEFORE UPDATE OR DELETE ON sequencing_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE sequencing_case (
    sample_id    uuid PRIMARY KEY,
    case_id      uuid NOT NULL,
    opened_at    timestamptz,
    withdrawn_at timestamptz
);

COMMENT ON TABLE sequencing_case IS 'The case of a positive sample, as reporting told; it may come before the order.';

-- migrate: rollback
-- forward only

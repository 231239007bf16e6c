-- transfers: the vehicle asked for, the pick-up, the site, and transfers that are not carried out any more
-- depends: 0060_sites

-- migrate: apply
ALTER TABLE transfer
    ADD COLUMN requested_at              timestamptz,
    ADD COLUMN request_recorded_at       timestamptz,
    ADD COLUMN vehicle                   text,
    ADD COLUMN crew                      text,
    ADD COLUMN vehicle_recorded_at       timestamptz,
    ADD COLUMN picked_up_at              timestamptz,
    ADD COLUMN pick_up_recorded_at       timestamptz,
    ADD COLUMN site                      text,
    ADD COLUMN site_recorded_at          timestamptz,
    ADD COLUMN withdrawn_at              timestamptz,
    ADD COLUMN withdrawal_recorded_at    timestamptz,
    ADD COLUMN withdrawn_by              text,
    ADD COLUMN reason_code               text,
    ADD CHECK ((requested_at IS NULL) = (request_recorded_at IS NULL)),
    ADD CHECK ((picked_up_at IS NULL) = (pick_up_recorded_at IS NULL)),
    ADD CHECK ((withdrawn_at IS NULL) = (reason_code IS NULL));

COMMENT ON COLUMN transfer.vehicle IS 'Number plate, as it was entered last.';
COMMENT ON COLUMN transfer.crew IS 'The mark of a team, never a person''s name.';
COMMENT ON COLUMN transfer.withdrawn_by IS 'Id of the key or account, or `plans`; never a person''s name.';

CREATE INDEX transfer_person_awaiting ON transfer (person_id) WHERE state = 'awaiting';

ALTER TABLE transfer_statement
    ADD COLUMN requested_at  timestamptz,
    ADD COLUMN vehicle       text,
    ADD COLUMN crew          text,
    ADD COLUMN picked_up_at  timestamptz,
    ADD COLUMN site          text,
    ADD COLUMN withdrawn_at  timestamptz,
    ADD COLUMN reason_code   text;

-- migrate: rollback
-- forward only

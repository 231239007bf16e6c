"""How a transfer goes on, on the wire: a vehicle asked for, the pick-up, the arrival, the withdrawal."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from services.registration.rules.quarantine.transfer import Transfer, TransferStatement
from services.registration.wire.references import Reference
from services.registration.wire.sites import Plate, RoomName, SiteCode
from shared.instants import WireInstant
from shared.strict_json import WireModel

ReasonCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
"""Why, in a word of the sender's own list: never a sentence, which might name somebody."""


class _Told(WireModel):
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""

    def _of(self, held: Transfer, now: datetime, received_from: str) -> TransferStatement:
        """Return what is said of a transfer, without what is new about it."""
        return TransferStatement(
            reference=held.reference,
            division=held.division,
            person_id=held.person_id,
            decided_at=held.decided.at,
            arrived_at=None,
            recorded_at=self.recorded_at or now,
            received_from=received_from,
        )


class RequestBody(_Told):
    """A vehicle and its crew are asked for."""

    vehicle: Plate
    crew: Reference | None = None
    """The mark of the team, never a name."""
    requested_at: WireInstant | None = None
    """Without it, now."""

    def statement(self, held: Transfer, *, now: datetime, received_from: str) -> TransferStatement:
        """Return the request as the rules see it."""
        return replace(
            self._of(held, now, received_from),
            requested_at=self.requested_at or now,
            vehicle=self.vehicle,
            crew=self.crew,
        )


class PickUpBody(_Told):
    """The person was picked up, by this vehicle where another than the one asked for came."""

    vehicle: Plate | None = None
    crew: Reference | None = None
    picked_up_at: WireInstant | None = None

    def statement(self, held: Transfer, *, now: datetime, received_from: str) -> TransferStatement:
        """Return the pick-up as the rules see it."""
        return replace(
            self._of(held, now, received_from),
            picked_up_at=self.picked_up_at or now,
            vehicle=self.vehicle,
            crew=self.crew,
        )


class ArrivalBody(_Told):
    """The person arrived; without a site, at the nearest open one that has a room."""

    site: SiteCode | None = None
    room: RoomName | None = None
    arrived_at: WireInstant | None = None

    @field_validator("room")
    @classmethod
    def _is_in_a_site(cls, room: str | None, info: ValidationInfo) -> str | None:
        if room is not None and info.data.get("site", "") is None:
            raise ValueError("needs the site that it is in")
        return room

    def statement(self, held: Transfer, *, now: datetime, received_from: str) -> TransferStatement:
        """Return the arrival as the rules see it."""
        return replace(self._of(held, now, received_from), arrived_at=self.arrived_at or now, site=self.site)


class CancelBody(_Told):
    """The transfer is not carried out any more."""

    reason_code: ReasonCode
    cancelled_at: WireInstant | None = None

    def statement(self, held: Transfer, *, now: datetime, received_from: str) -> TransferStatement:
        """Return the withdrawal as the rules see it."""
        return replace(
            self._of(held, now, received_from),
            withdrawn_at=self.cancelled_at or now,
            reason_code=self.reason_code,
        )

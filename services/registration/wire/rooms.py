"""Who stays in which room of a quarantine site, on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, ValidationInfo, field_validator

from services.registration.actions.quarantine.move_out_positive import MoveOut
from services.registration.rules.quarantine.stay import LeaveReason, RoomsWanted, Stay
from services.registration.wire.sites import RoomName, SiteCode
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.policy.quarantine import Nearness
from shared.strict_json import WireModel
from shared.verdicts import Verdict

PersonIds = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=20)]
"""One person, or the people of one family."""


class AssignmentOrder(WireModel):
    """Rooms for one person alone, or for a family that stays together."""

    person_ids: PersonIds
    division: DivisionCode
    """Where they belong; the nearest site to it is taken."""
    site: SiteCode | None = None
    room: RoomName | None = None
    began_at: WireInstant | None = None
    """Without it, now."""

    @field_validator("room")
    @classmethod
    def _is_in_a_site(cls, room: str | None, info: ValidationInfo) -> str | None:
        if room is not None and info.data.get("site", "") is None:
            raise ValueError("needs the site that it is in")
        return room

    def wanted(self, now: datetime) -> RoomsWanted:
        """Return the order as the rules see it."""
        return RoomsWanted(self.person_ids, self.division, self.began_at or now, self.site, self.room)


class MoveOrder(WireModel):
    """Another room for people who have one."""

    person_ids: PersonIds
    site: SiteCode
    room: RoomName
    moved_at: WireInstant | None = None


class LeaveOrder(WireModel):
    """People who leave a site."""

    person_ids: PersonIds
    reason: LeaveReason
    left_at: WireInstant | None = None


class RoomStayView(BaseModel):
    """A stay in a room."""

    stay_id: UUID
    person_id: UUID
    party_id: UUID
    """The same for all of a family."""
    site: str
    room: str
    bed: int
    began_at: AwareDatetime
    ended_at: AwareDatetime | None
    end_reason: str | None

    @classmethod
    def of(cls, stay: Stay) -> "RoomStayView":
        """Return the wire's form."""
        return cls(
            stay_id=stay.id,
            person_id=stay.person_id,
            party_id=stay.party_id,
            site=stay.site,
            room=stay.room,
            bed=stay.bed,
            began_at=stay.began_at,
            ended_at=stay.ended_at,
            end_reason=stay.end_reason,
        )


class StaysReceipt(BaseModel):
    """What became of an order, and where the people stay or stayed, in their order."""

    verdict: Verdict
    stays: list[RoomStayView]

    @classmethod
    def after(cls, stays: Sequence[Stay], *, is_new: bool) -> "StaysReceipt":
        """Return the answer to an order."""
        verdict = Verdict.STORED if is_new else Verdict.DUPLICATE
        return cls(verdict=verdict, stays=[RoomStayView.of(stay) for stay in stays])


class PositiveBody(WireModel):
    """Somebody inside a site who was found positive."""

    person_id: UUID
    found_at: WireInstant | None = None
    """Without it, now."""


class SiteContactView(BaseModel):
    """Somebody who became a contact."""

    person_id: UUID
    nearness: Nearness


class MovedOutReceipt(BaseModel):
    """The stay that ended, and who became a contact by it."""

    verdict: Verdict
    stay: RoomStayView
    contacts: list[SiteContactView]

    @classmethod
    def of(cls, moved: MoveOut) -> "MovedOutReceipt":
        """Return the answer to a positive."""
        return cls(
            verdict=Verdict.STORED if moved.is_new else Verdict.DUPLICATE,
            stay=RoomStayView.of(moved.stay),
            contacts=[
                SiteContactView(person_id=one.person_id, nearness=one.nearness) for one in moved.contacts
            ],
        )

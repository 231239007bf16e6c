"""Quarantine sites on the wire."""

import re
from collections import Counter
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.registration.actions.quarantine.read_sites import ReserveOfArea, ShownSite
from services.registration.rules.quarantine.occupancy import Occupancy
from services.registration.rules.quarantine.site import (
    RoomStated,
    SiteKind,
    SiteState,
    SiteStated,
    Vehicle,
    VehicleKind,
    lacking,
)
from services.registration.storage.rooms import RoomWithPeople
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, InvalidInput
from shared.instants import WireInstant
from shared.policy.quarantine import Listed, QuarantineFile
from shared.policy.values import Text
from shared.strict_json import WireModel

CODE_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
LONGEST_CODE = 64

SiteCode = Annotated[
    str, Field(pattern=CODE_PATTERN, max_length=LONGEST_CODE, examples=["jiansheng-health-centre"])
]
RoomName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,15}$", examples=["101"])]
Plate = Annotated[str, Field(pattern=r"^[一-鿿]?[A-Z0-9][A-Z0-9·-]{3,9}$", examples=["渝A12345"])]
"""A vehicle's number plate."""

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
_Item = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
_Count = Annotated[int, Field(ge=0, le=10_000)]
_Positive = Annotated[int, Field(ge=1, le=10_000)]


def code_in_path(code: str) -> str:
    """Return a code that stands in a path; raises InvalidInput when it cannot be one."""
    if len(code) > LONGEST_CODE or re.fullmatch(CODE_PATTERN, code, re.ASCII) is None:
        reason = f"must be 1 to {LONGEST_CODE} small letters and digits, in words joined with -"
        raise InvalidInput("The site's code is refused.", problems=[FieldProblem("code", reason)])
    return code


class VehicleBody(WireModel):
    """A vehicle of a site."""

    kind: VehicleKind
    plate: Plate


class RoomBody(WireModel):
    """A room of a site; without a position it lies behind the ones before it of the same corridor."""

    room: RoomName
    corridor: Annotated[str, Field(min_length=1, max_length=32)] = "1"
    position: _Positive | None = None
    beds: Annotated[int, Field(ge=1, le=20)] = 1


class SiteBody(WireModel):
    """A site, whole: what is not stated is not there any more."""

    division: DivisionCode
    kind: SiteKind
    name: _Name
    address: _Name
    area_m2: Annotated[int, Field(ge=1, le=1_000_000)]
    zones: Annotated[tuple[_Item, ...], Field(max_length=20)] = ()
    """Of the policy's checklist: clean, buffer, contaminated."""
    passages: Annotated[tuple[_Item, ...], Field(max_length=20)] = ()
    """Of the policy's checklist: staff, quarantined."""
    staff: Annotated[dict[_Item, _Count], Field(default_factory=dict[str, int], max_length=20)]
    """How many there are of each kind of the policy: meals, waste, security, medicine and so on."""
    vehicles: Annotated[tuple[VehicleBody, ...], Field(max_length=100)] = ()
    rooms: Annotated[tuple[RoomBody, ...], Field(max_length=2_000)] = ()
    call_up_order: _Positive | None = None
    """For back-up sites: the lowest is called up first."""
    quarantine_only: bool = True
    """Whether it serves nothing but quarantine; it does not open otherwise."""
    environment_points: _Positive | None = None
    """How many points are swabbed in a round; without it, as the policy says."""

    def stated(self, code: str) -> SiteStated:
        """Return the site as the rules see it."""
        return SiteStated(
            code=code,
            division=self.division,
            kind=self.kind,
            name=self.name,
            address=self.address,
            area_m2=self.area_m2,
            zones=self.zones,
            passages=self.passages,
            staff=self.staff,
            vehicles=tuple(Vehicle(one.kind, one.plate) for one in self.vehicles),
            rooms=self._rooms(),
            call_up_order=self.call_up_order,
            quarantine_only=self.quarantine_only,
            environment_points=self.environment_points,
        )

    def _rooms(self) -> tuple[RoomStated, ...]:
        last: Counter[str] = Counter()
        stated: list[RoomStated] = []
        for one in self.rooms:
            position = one.position or last[one.corridor] + 1
            last[one.corridor] = position
            stated.append(RoomStated(one.room, one.corridor, position, one.beds))
        return tuple(sorted(stated, key=lambda room: (room.corridor, room.position, room.room)))


class OpeningBody(WireModel):
    """Why and when a site opens."""

    reason: _Name
    opened_at: WireInstant | None = None
    """Without it, now."""


class ClosingBody(WireModel):
    """Why and when a site closes."""

    reason: _Name
    closed_at: WireInstant | None = None


class OccupancyView(BaseModel):
    """How full a site is, or several together."""

    rooms: int
    beds: int
    rooms_taken: int
    rooms_free: int
    rooms_in_disinfection: int
    people: int

    @classmethod
    def of(cls, occupancy: Occupancy) -> "OccupancyView":
        """Return the wire's form."""
        return cls(
            rooms=occupancy.rooms,
            beds=occupancy.beds,
            rooms_taken=occupancy.rooms_taken,
            rooms_free=occupancy.rooms_free,
            rooms_in_disinfection=occupancy.rooms_in_disinfection,
            people=occupancy.people,
        )


class ItemView(BaseModel):
    """A thing of a checklist."""

    id: str
    title: Text

    @classmethod
    def of(cls, listed: Listed) -> "ItemView":
        """Return the wire's form."""
        return cls(id=listed.id, title=listed.title)


class LackingView(BaseModel):
    """What of the checklists a site does not have."""

    zones: list[ItemView]
    passages: list[ItemView]
    staff: list[ItemView]


class VehicleView(BaseModel):
    """A vehicle of a site."""

    kind: VehicleKind
    plate: str


class SiteView(BaseModel):
    """A site as it is now."""

    code: str
    site_id: UUID
    division: str
    kind: SiteKind
    name: str
    address: str
    area_m2: int
    state: SiteState
    state_reason: str | None
    opened_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    called_up_at: AwareDatetime | None
    """When a back-up site was called up; null for one that is not."""
    call_up_order: int | None
    quarantine_only: bool
    zones: list[str]
    passages: list[str]
    staff: dict[str, int]
    vehicles: list[VehicleView]
    environment_points: int
    lacking: LackingView
    occupancy: OccupancyView

    @classmethod
    def of(cls, shown: ShownSite, law: QuarantineFile) -> "SiteView":
        """Return the wire's form of a site."""
        return cls.model_validate(_shown(shown, law))


def _shown(shown: ShownSite, law: QuarantineFile) -> dict[str, object]:
    site, stated = shown.site, shown.site.stated
    missing = lacking(stated, law)
    return {
        **{
            name: getattr(stated, name) for name in ("code", "division", "kind", "name", "address", "area_m2")
        },
        **{name: getattr(site, name) for name in ("state_reason", "opened_at", "closed_at", "called_up_at")},
        "site_id": site.id,
        "state": shown.state,
        "call_up_order": stated.call_up_order,
        "quarantine_only": stated.quarantine_only,
        "zones": list(stated.zones),
        "passages": list(stated.passages),
        "staff": dict(stated.staff),
        "vehicles": [VehicleView(kind=one.kind, plate=one.plate) for one in stated.vehicles],
        "environment_points": stated.environment_points or law.rounds.environment_points,
        "lacking": LackingView(
            zones=[ItemView.of(one) for one in missing.zones],
            passages=[ItemView.of(one) for one in missing.passages],
            staff=[ItemView.of(one) for one in missing.staff],
        ),
        "occupancy": OccupancyView.of(shown.occupancy),
    }


class RoomView(BaseModel):
    """A room with who is in it at this moment."""

    room: str
    corridor: str
    position: int
    beds: int
    state: str
    """ready, or disinfection."""
    party_id: UUID | None
    person_ids: list[UUID]


class SiteWithRooms(SiteView):
    """A site and its rooms, along the corridors."""

    rooms: list[RoomView]

    @classmethod
    def with_rooms(
        cls, shown: ShownSite, rooms: list[RoomWithPeople], law: QuarantineFile
    ) -> "SiteWithRooms":
        """Return the wire's form of a site with its rooms."""
        views = [
            RoomView(
                room=one.room,
                corridor=one.corridor,
                position=one.position,
                beds=one.beds,
                state=one.state,
                party_id=one.party_id,
                person_ids=one.person_ids,
            )
            for one in rooms
        ]
        return cls.model_validate({**_shown(shown, law), "rooms": views})


class ReserveView(BaseModel):
    """The rooms that an area needs for the cases that count, and has."""

    division: str
    infected: int
    rooms_needed: int
    rooms_in_reserve: int
    shortfall: int
    sites_called_up: list[str]
    occupancy: OccupancyView
    """Of all sites of the area that are open or in reserve."""

    @classmethod
    def of(cls, area: ReserveOfArea) -> "ReserveView":
        """Return the wire's form."""
        return cls.model_validate(_reserve(area))


def _reserve(area: ReserveOfArea) -> dict[str, object]:
    reckoning = area.reckoning
    return {
        "division": area.division,
        "infected": reckoning.infected,
        "rooms_needed": reckoning.rooms_needed,
        "rooms_in_reserve": reckoning.rooms_after,
        "shortfall": reckoning.shortfall,
        "sites_called_up": list(area.sites_called_up),
        "occupancy": OccupancyView.of(area.occupancy),
    }


class ReserveBelow(ReserveView):
    """The same, with the units directly below that have sites or cases."""

    as_of: AwareDatetime
    below: list[ReserveView]

    @classmethod
    def with_below(cls, areas: list[ReserveOfArea], now: datetime) -> "ReserveBelow":
        """Return the wire's form of an area, the first, and of those below it."""
        first, *below = areas
        views = [ReserveView.of(one) for one in below if one.reckoning.infected or one.occupancy.rooms]
        return cls.model_validate({**_reserve(first), "as_of": now, "below": views})

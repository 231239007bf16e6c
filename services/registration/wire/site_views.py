"""How quarantine sites, their rooms, their rounds and the reserve of rooms are shown."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.registration.actions.quarantine.read_sites import ReserveOfArea, ShownSite
from services.registration.rules.quarantine.occupancy import Occupancy
from services.registration.rules.quarantine.site import SiteKind, SiteState, VehicleKind, lacking
from services.registration.storage.rooms import RoomWithPeople
from shared.policy.quarantine import Listed, QuarantineFile
from shared.policy.values import Text


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


class SiteLine(BaseModel):
    """A site as a line of the ledger that is taken away as a file."""

    site_id: UUID
    code: str
    division: str
    kind: SiteKind
    name: str
    address: str
    area_m2: int
    state: SiteState
    call_up_order: int | None
    called_up_at: AwareDatetime | None
    rooms: int
    beds: int
    rooms_free: int
    people: int
    plates: list[str]
    lacks: list[str]
    """What of the checklists is missing."""

    @classmethod
    def of(cls, shown: ShownSite, law: QuarantineFile) -> "SiteLine":
        """Return the line of a site."""
        stated, occupancy = shown.site.stated, shown.occupancy
        missing = lacking(stated, law)
        return cls(
            site_id=shown.id,
            code=stated.code,
            division=stated.division,
            kind=stated.kind,
            name=stated.name,
            address=stated.address,
            area_m2=stated.area_m2,
            state=shown.state,
            call_up_order=stated.call_up_order,
            called_up_at=shown.site.called_up_at,
            rooms=occupancy.rooms,
            beds=occupancy.beds,
            rooms_free=occupancy.rooms_free,
            people=occupancy.people,
            plates=[vehicle.plate for vehicle in stated.vehicles],
            lacks=[one.title.zh for one in (*missing.zones, *missing.passages, *missing.staff)],
        )


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


class RoundView(BaseModel):
    """A round of tests that fell due in an open site."""

    round_id: UUID
    site: str
    round: int
    """Counts from 1 since the site was opened."""
    due_at: AwareDatetime
    people: int
    """How many stayed there when it was asked for."""
    environment_points: int
    asked_at: AwareDatetime


class RoundList(BaseModel):
    """The rounds of a site, the newest first."""

    items: list[RoundView]


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

"""A quarantine site 隔离场所: what it is, what it lacks, and whether it may open (town §7, §11, city §14)."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts import derived_id
from shared.divisions import DivisionCode
from shared.errors import FieldProblem
from shared.policy.quarantine import Layout, Listed, QuarantineFile


class SiteKind(StrEnum):
    """What a site is there for 场所类别."""

    STANDING = "standing"
    BACK_UP = "back-up"
    TEMPORARY_RURAL = "temporary-rural"
    """Where a village keeps people until they are moved to a central site."""


class SiteState(StrEnum):
    """How a site stands 场所状态."""

    PLANNED = "planned"
    OPEN = "open"
    FULL = "full"
    """Open, and no room is free."""
    CLOSED = "closed"


class VehicleKind(StrEnum):
    """What a vehicle of a site is 车辆类别."""

    AMBULANCE = "ambulance"
    COACH = "coach"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle of a site."""

    kind: VehicleKind
    plate: str


@dataclass(frozen=True, slots=True)
class RoomStated:
    """A room as it was stated; `position` is its place along the corridor."""

    room: str
    corridor: str
    position: int
    beds: int


@dataclass(frozen=True, slots=True)
class SiteStated:
    """A site as it was stated, whole."""

    code: str
    division: DivisionCode
    kind: SiteKind
    name: str
    address: str
    area_m2: int
    zones: tuple[str, ...]
    passages: tuple[str, ...]
    staff: Mapping[str, int]
    """How many people of each kind."""
    vehicles: tuple[Vehicle, ...]
    rooms: tuple[RoomStated, ...]
    call_up_order: int | None
    quarantine_only: bool
    """Whether the building serves nothing else."""
    environment_points: int | None

    @property
    def id(self) -> UUID:
        """The site's id, which follows from its code."""
        return derived_id("quarantine-site", self.code)


@dataclass(frozen=True, slots=True)
class Site:
    """A site on record; `stated` has the rooms that it has now."""

    stated: SiteStated
    state: SiteState
    """As it is kept: open also when it is full."""
    opened_at: datetime | None
    closed_at: datetime | None
    called_up_at: datetime | None
    state_reason: str | None

    @property
    def id(self) -> UUID:
        """The site's id."""
        return self.stated.id

    @property
    def code(self) -> str:
        """The site's code."""
        return self.stated.code

    @property
    def division(self) -> str:
        """The site's division."""
        return self.stated.division


@dataclass(frozen=True, slots=True)
class Lacking:
    """What of the checklists a site does not have."""

    zones: tuple[Listed, ...]
    passages: tuple[Listed, ...]
    staff: tuple[Listed, ...]


def lacking(site: SiteStated, law: QuarantineFile) -> Lacking:
    """Return what a site lacks; a kind of staff with nobody in it is lacking."""
    return Lacking(
        zones=tuple(zone for zone in law.layout.zones if zone.id not in site.zones),
        passages=tuple(passage for passage in law.layout.passages if passage.id not in site.passages),
        staff=tuple(kind for kind in law.staff.kinds if not site.staff.get(kind.id)),
    )


def refusal_to_open(site: SiteStated, law: QuarantineFile) -> str | None:
    """Return why a site may not be open, None when it may."""
    if not site.quarantine_only:
        return "An open site serves nothing but quarantine; this one is stated to serve something else."
    if not site.rooms:
        return "The site has no room."
    missing = lacking(site, law)
    if site.kind not in law.layout.binds or not (missing.zones or missing.passages):
        return None
    names = ", ".join(one.id for one in (*missing.zones, *missing.passages))
    return f"A site has {_count(law.layout)}; this one lacks {names}."


def _count(layout: Layout) -> str:
    return f"{len(layout.zones)} zones and {len(layout.passages)} passages"


def problems_of(site: SiteStated, law: QuarantineFile, divisions: Container[str]) -> list[FieldProblem]:
    """Return why a site cannot be stored, field by field; an empty list when it can."""
    problems: list[FieldProblem] = []
    if site.division not in divisions:
        problems.append(FieldProblem("division", f"unknown division {site.division!r}"))
    if (site.call_up_order is None) == (site.kind is SiteKind.BACK_UP):
        problems.append(FieldProblem("call_up_order", "is needed for a back-up site, and for no other"))
    problems += _unknown("zones", site.zones, law.layout.zones)
    problems += _unknown("passages", site.passages, law.layout.passages)
    problems += _unknown("staff", site.staff, law.staff.kinds)
    problems += _twice("rooms", "room", [room.room for room in site.rooms])
    problems += _twice("rooms", "position", [(room.corridor, room.position) for room in site.rooms])
    problems += _twice("vehicles", "plate", [vehicle.plate for vehicle in site.vehicles])
    return problems


def _unknown(field: str, found: Iterable[str], known: Sequence[Listed]) -> list[FieldProblem]:
    names = [one.id for one in known]
    if all(name in names for name in found):
        return []
    return [FieldProblem(field, f"holds something other than {', '.join(names)}")]


def _twice(field: str, name: str, found: Sequence[object]) -> list[FieldProblem]:
    counts = Counter(found)
    return [
        FieldProblem(f"{field}.{index}.{name}", "stands twice")
        for index, one in enumerate(found)
        if counts[one] > 1
    ][:1]

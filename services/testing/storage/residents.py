"""The rows of the register of households, and who of it has not come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.testing.rules.campaigns.campaign_facts import Area
from services.testing.rules.campaigns.resident import Resident
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import SubjectKind

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "residents.sql")

Position = tuple[str, str, str]
"""Division, building, reference: the order of the register."""
BuildingPosition = tuple[str, str]
FIRST: Position = ("", "", "")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is on record."""

    resident_id: UUID
    division: str
    reference: str
    building: str
    household: str | None
    subject_kind: SubjectKind
    person_id: UUID | None
    people: int


@dataclass(frozen=True, slots=True)
class Building:
    """How many of a building have not come."""

    division: str
    building: str
    people: int
    missing: int


@dataclass(frozen=True, slots=True)
class Since:
    """Between which instants a sample counts as having come, and on which day the first was stored."""

    since: datetime
    until: datetime
    first_day: date

    def values(self) -> dict[str, Any]:
        """Return the parameters of a query."""
        return {"since": self.since, "until": self.until, "first_day": self.first_day}


def _entry(row: Record) -> Entry:
    return Entry(
        resident_id=row["resident_id"],
        division=row["division"],
        reference=row["reference"],
        building=row["building"],
        household=row["household"],
        subject_kind=SubjectKind(row["subject_kind"]),
        person_id=row["person_id"],
        people=row["people"],
    )


async def keep(connection: Connection, entries: Sequence[Resident], *, received_at: datetime) -> set[UUID]:
    """State entries, none twice, and return the ids of those that were not on record just so.

    A statement that was recorded before the one on record changes nothing.
    """
    rows = await QUERIES.fetch(
        connection,
        "keep_residents",
        resident_ids=[one.id for one in entries],
        divisions=[one.division for one in entries],
        references=[one.reference for one in entries],
        buildings=[one.building for one in entries],
        households=[one.household for one in entries],
        subject_kinds=[one.subject_kind for one in entries],
        person_ids=[one.person_id for one in entries],
        people=[one.people for one in entries],
        recorded_ats=[one.recorded_at for one in entries],
        received_froms=[one.received_from for one in entries],
        received_at=received_at,
    )
    return {row["resident_id"] for row in rows}


async def list_page(
    connection: Connection, bounds: tuple[str, str], building: str | None, after: Position, most: int
) -> list[Entry]:
    """Return entries of a subtree in their order."""
    rows = await QUERIES.fetch(
        connection, "list_residents", **_bounds(bounds), building=building, **_after(after), most=most
    )
    return [_entry(row) for row in rows]


async def people_by_division(connection: Connection, bounds: tuple[str, str]) -> list[Area]:
    """Return how many people of each village the register has."""
    rows = await QUERIES.fetch(connection, "people_by_division", **_bounds(bounds))
    return [Area(row["division"], row["people"]) for row in rows]


async def missing(
    connection: Connection,
    bounds: tuple[str, str],
    since: Since,
    *,
    building: str | None,
    after: Position,
    most: int,
) -> list[Entry]:
    """Return whom nobody has sampled in that time, in the register's order."""
    rows = await QUERIES.fetch(
        connection,
        "missing_residents",
        **_bounds(bounds),
        **since.values(),
        building=building,
        **_after(after),
        most=most,
    )
    return [_entry(row) for row in rows]


async def missing_by_building(
    connection: Connection, bounds: tuple[str, str], since: Since, after: BuildingPosition, most: int
) -> list[Building]:
    """Return the buildings of a subtree with how many of each have not come."""
    rows = await QUERIES.fetch(
        connection,
        "missing_by_building",
        **_bounds(bounds),
        **since.values(),
        after_division=after[0],
        after_building=after[1],
        most=most,
    )
    return [Building(row["division"], row["building"], row["people"], row["missing"] or 0) for row in rows]


def _bounds(bounds: tuple[str, str]) -> dict[str, str]:
    return {"low": bounds[0], "high": bounds[1]}


def _after(position: Position) -> dict[str, str]:
    division, building, reference = position
    return {"after_division": division, "after_building": building, "after_reference": reference}

"""The rows of the lists that part people: whose turn it is, how many stand where, and who."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.registration.rules.plans.care_list import CareList
from services.registration.storage.care_facts import QUERIES
from services.registration.storage.listing import Window
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class CarePlace:
    """A person on a list, with the open plan where there is one."""

    id: UUID
    """The person's."""
    division: str
    list: CareList
    since: datetime
    plan_id: UUID | None
    stage_kind: str | None
    stage_last_day: date | None
    last_day: date | None


async def claim_reviews(connection: Connection, today: date, most: int) -> list[UUID]:
    """Return whom time alone may have moved, locked and in the order of their ids; others' are skipped."""
    rows = await QUERIES.fetch(connection, "claim_reviews", today=today, most=most)
    return [row["person_id"] for row in rows]


async def people_after(connection: Connection, after: UUID, most: int) -> list[UUID]:
    """Return the next people by their ids."""
    rows = await QUERIES.fetch(connection, "people_after", after=after, most=most)
    return [row["person_id"] for row in rows]


async def count_by_list(connection: Connection) -> dict[CareList, int]:
    """Return how many people stand on each list; a list with nobody is absent."""
    rows = await QUERIES.fetch(connection, "count_by_list")
    return {CareList(row["list"]): row["people"] for row in rows}


async def count_by_unit(
    connection: Connection, bounds: tuple[str, str], digits: int
) -> list[tuple[str, CareList, int]]:
    """Return how many people of a subtree stand on each list, by the first `digits` of their division."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "count_by_division_and_list", low=low, high=high, digits=digits)
    return [(row["unit"], CareList(row["list"]), row["people"]) for row in rows]


async def list_places(connection: Connection, window: Window, care_list: CareList) -> Sequence[CarePlace]:
    """Return the people of a list in a window, in the order of division and id, with one row to spare."""
    rows = await QUERIES.fetch(connection, "list_places", list=care_list, **window.values())
    return [
        CarePlace(
            id=row["person_id"],
            division=row["division"],
            list=CareList(row["list"]),
            since=row["since"],
            plan_id=row["plan_id"],
            stage_kind=row["stage_kind"],
            stage_last_day=row["stage_last_day"],
            last_day=row["last_day"],
        )
        for row in rows
    ]

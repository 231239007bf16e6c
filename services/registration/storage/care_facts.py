"""The facts that decide where people stand, and the symptoms that nobody has closed yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.plans.care_list import CareFacts, CareList, PlanStanding
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "care_lists.sql")


@dataclass(frozen=True, slots=True)
class CaredFor:
    """A person with what decides where they stand; None for somebody who was merged into another."""

    person_id: UUID
    division: str
    facts: CareFacts | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands, and the next day on which time alone may move them."""

    division: str
    care_list: CareList | None
    review_on: date | None


NOWHERE = (None, None)
"""List and review of whoever stands on no list."""


async def with_open_symptoms(connection: Connection, person_ids: Sequence[UUID] | None = None) -> set[UUID]:
    """Return who has a symptom that nobody has closed: of these people, or of all."""
    if person_ids is None:
        rows = await QUERIES.fetch(connection, "people_with_open_symptoms")
    else:
        rows = await QUERIES.fetch(connection, "open_symptoms_of", person_ids=list(person_ids))
    return {row["person_id"] for row in rows}


async def people_named(connection: Connection, ids: Sequence[UUID]) -> list[UUID]:
    """Return whom ids name, in order: people, whoever they were merged into, and who came by a return."""
    rows = await QUERIES.fetch(connection, "people_to_place", ids=list(ids))
    return [row["person_id"] for row in rows]


async def lock_places(connection: Connection, person_ids: Sequence[UUID], placed_at: datetime) -> None:
    """Let nobody else place these people until the transaction ends; gives each new one a place first."""
    await QUERIES.execute(connection, "found_places", person_ids=list(person_ids), placed_at=placed_at)
    await QUERIES.fetch(connection, "lock_places", person_ids=list(person_ids))


async def facts_of(connection: Connection, person_ids: Sequence[UUID]) -> list[CaredFor]:
    """Return what decides where people stand, as all transactions so far have left it."""
    rows = await QUERIES.fetch(connection, "facts_of_care", person_ids=list(person_ids))
    return [
        CaredFor(
            row["person_id"],
            row["division"],
            None
            if row["is_merged"]
            else CareFacts(
                is_expected=row["is_expected"],
                has_unregistered_return=row["unregistered"],
                has_registered_return=row["registered"],
                had_plan=row["had_plan"],
                plan=None
                if row["stage_list"] is None
                else PlanStanding(CareList(row["stage_list"]), row["last_day"], row["is_held"]),
                awaits_transfer=row["awaits_transfer"],
                has_symptoms=row["has_symptoms"],
            ),
        )
        for row in rows
    ]


async def places_of(connection: Connection, person_ids: Sequence[UUID]) -> dict[UUID, Place]:
    """Return where people stand by what was written; who was never placed is absent."""
    rows = await QUERIES.fetch(connection, "places_of", person_ids=list(person_ids))
    return {
        row["person_id"]: Place(row["division"], row["list"] and CareList(row["list"]), row["review_on"])
        for row in rows
    }


async def place(connection: Connection, places: Mapping[UUID, Place], placed_at: datetime) -> int:
    """Write where people stand and return how many were moved."""
    rows = await QUERIES.fetch(
        connection,
        "place_people",
        person_ids=list(places),
        divisions=[place.division for place in places.values()],
        lists=[place.care_list for place in places.values()],
        review_ons=[place.review_on for place in places.values()],
        placed_at=placed_at,
    )
    return len(rows)

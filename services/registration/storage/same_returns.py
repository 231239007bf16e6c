"""Which references name which return, and what returns of the same people are on record."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.registration.rules.returns.journey import Passed, normal_vehicle
from services.registration.rules.returns.return_merge import Return
from services.registration.storage.journeys import write_journey
from services.registration.storage.returns import QUERIES, held_return
from shared.postgres import Connection


async def people_of(connection: Connection, references: Collection[UUID]) -> set[UUID]:
    """Return whose returns references name, as they were known when stored; locks nothing."""
    rows = await QUERIES.fetch(connection, "people_of_references", reference_ids=list(references))
    return {row["person_id"] for row in rows}


async def claim_references(connection: Connection, references: Collection[UUID]) -> Mapping[UUID, UUID]:
    """Write down references that are new and return those that were known, with their returns, locked."""
    ordered = sorted(references)
    rows = await QUERIES.fetch(connection, "claim_references", reference_ids=ordered)
    new = {row["reference_id"] for row in rows}
    if len(new) == len(ordered):
        return {}
    known = [id_ for id_ in ordered if id_ not in new]
    rows = await QUERIES.fetch(connection, "lock_references", reference_ids=known)
    return {row["reference_id"]: row["return_id"] for row in rows}


async def find_references(connection: Connection, references: Collection[UUID]) -> Mapping[UUID, UUID]:
    """Return which returns references name, those that are known, locked."""
    rows = await QUERIES.fetch(connection, "lock_references", reference_ids=sorted(references))
    return {row["reference_id"]: row["return_id"] for row in rows}


async def name_returns(connection: Connection, references: Mapping[UUID, UUID]) -> None:
    """Write down which returns references name from now on."""
    ids, returns = list(references), list(references.values())
    await QUERIES.execute(connection, "name_returns", reference_ids=ids, return_ids=returns)


async def returns_of(
    connection: Connection, people: Collection[UUID], returns: Collection[UUID]
) -> list[Return]:
    """Return the returns of people, and some others by their ids; without those withdrawn."""
    rows = await QUERIES.fetch(
        connection, "returns_of_people", person_ids=list(people), return_ids=list(returns)
    )
    return [held_return(row) for row in rows]


async def end_returns(connection: Connection, ends: Mapping[UUID, UUID], changed_at: datetime) -> None:
    """Let the references of returns, and what ended in them before, lead to where they end now."""
    ids, into = list(ends), list(ends.values())
    await QUERIES.execute(connection, "rename_references", return_ids=ids, into_ids=into)
    await QUERIES.execute(connection, "end_returns", return_ids=ids, into_ids=into, changed_at=changed_at)


async def write_journeys(
    connection: Connection, returns: Sequence[Return], stays: Mapping[UUID, Sequence[Passed]], now: datetime
) -> None:
    """Write what holds of the ways home of returns, and the stays by which risk areas find them."""
    await QUERIES.execute(
        connection,
        "write_facts",
        return_ids=[held.id for held in returns],
        origins=[held.journey.origin for held in returns],
        facts=[write_journey(held.journey) for held in returns],
        vehicles=[_vehicle(held) for held in returns],
        changed_at=now,
    )
    rows = [(id_, stay.area, stay.entered_on, stay.left_on) for id_, of in stays.items() for stay in of]
    await QUERIES.execute(connection, "clear_routes", return_ids=list(stays))
    if rows:
        ids, areas, entered_ons, left_ons = (list(column) for column in zip(*rows, strict=True))
        await QUERIES.execute(
            connection,
            "write_routes",
            return_ids=ids,
            areas=areas,
            entered_ons=entered_ons,
            left_ons=left_ons,
        )


def _vehicle(held: Return) -> str | None:
    transport = held.journey.transport
    return normal_vehicle(transport.number) if transport and transport.number else None

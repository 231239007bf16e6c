"""The rows of records that are one person, as registration decided."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.testing.rules.due.doubles import Merge
from services.testing.rules.due.settlement import Taken
from shared.day_count import begins_at
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "same_people.sql")


async def take_turn(connection: Connection) -> None:
    """Wait until nobody else works out merges, and let nobody until the transaction ends."""
    await QUERIES.fetchval(connection, "take_turn")


async def keep_merge(
    connection: Connection, decision_id: UUID, merge: Merge, *, undone_at: datetime | None
) -> None:
    """Keep a decision that two records are one person, or that it was undone; whichever is told first."""
    await QUERIES.execute(
        connection,
        "keep_merge",
        decision_id=decision_id,
        person_id=merge.person_id,
        merged_person_id=merge.merged_person_id,
        undone_at=undone_at,
    )


async def records_of(connection: Connection, person_ids: Iterable[UUID]) -> Mapping[UUID, UUID]:
    """Return every record that is one person with any of these, each with its surviving one.

    Who is nobody else's record is absent.
    """
    rows = await QUERIES.fetch(connection, "records_of", person_ids=list(person_ids))
    return {row["person_id"]: row["survivor_id"] for row in rows}


async def merges_of(connection: Connection, person_ids: Iterable[UUID]) -> list[Merge]:
    """Return the merges that hold and touch any of these records."""
    rows = await QUERIES.fetch(connection, "merges_of", person_ids=list(person_ids))
    return [Merge(row["person_id"], row["merged_person_id"]) for row in rows]


async def write_records(
    connection: Connection, records: Collection[UUID], survivors: Mapping[UUID, UUID]
) -> None:
    """Write of which person each of these records is by now."""
    await QUERIES.execute(connection, "forget_records", person_ids=list(records))
    if survivors:
        await QUERIES.execute(
            connection,
            "keep_records",
            person_ids=list(survivors),
            survivor_ids=list(survivors.values()),
        )


async def look_at_tests(
    connection: Connection, person_ids: Collection[UUID], line_ids: Sequence[UUID]
) -> None:
    """Have the tests of records, and lines, held against samples once more a moment later."""
    await QUERIES.execute(connection, "look_at_tests", person_ids=list(person_ids), line_ids=list(line_ids))


async def purposeful_of(connection: Connection, person_ids: Collection[UUID], since: date) -> list[Taken]:
    """Return the swabs of records, from a day on, that may count for lines."""
    rows = await QUERIES.fetch(
        connection, "purposeful_of", person_ids=list(person_ids), since=begins_at(since)
    )
    return [
        Taken(
            sample_id=row["sample_id"],
            sampled_at=row["sampled_at"],
            division=row["division"],
            subject_id=row["subject_id"],
            category=row["category"],
            place=row["place"],
            due_id=row["due_id"],
        )
        for row in rows
    ]

"""Returns that ended in others, and what had been said under each."""

from collections.abc import Collection
from uuid import UUID

from services.registration.rules.returns.return_merge import Return, ReturnSource, ReturnStatement
from services.registration.storage.journeys import read_journey
from services.registration.storage.returns import QUERIES, held_return, lock
from shared.postgres import Connection, Record


async def ended_in_others(connection: Connection, people: Collection[UUID]) -> list[tuple[Return, Return]]:
    """Return the returns of people that ended in others, each with that one, all of them locked."""
    rows = await QUERIES.fetch(connection, "ended_in_others", person_ids=list(people))
    ended = [held_return(row) for row in rows]
    into = await lock(connection, sorted({one.withdrawn_into for one in ended if one.withdrawn_into}))
    return [(one, into[id_]) for one in ended if (id_ := one.withdrawn_into) is not None]


async def statements_under(connection: Connection, return_id: UUID) -> list[ReturnStatement]:
    """Return what was said under a return's own id, with the references under which it was said."""
    rows = await QUERIES.fetch(connection, "statements_under", return_id=return_id)
    return [_statement(row) for row in rows]


async def statements_of_others(connection: Connection, into_id: UUID, but: UUID) -> list[ReturnStatement]:
    """Return what was said under the returns that ended in another, but for one of them."""
    rows = await QUERIES.fetch(connection, "statements_of_others", into_id=into_id, but=but)
    return [_statement(row) for row in rows]


def _statement(row: Record) -> ReturnStatement:
    return ReturnStatement(
        reference=row["reference"],
        division=row["division"],
        source=ReturnSource(row["source"]),
        arrived_at=row["arrived_at"],
        registered_at=row["registered_at"],
        recorded_at=row["recorded_at"],
        received_from=row["received_from"],
        person_id=row["person_id"],
        journey=read_journey(row["told"]),
    )

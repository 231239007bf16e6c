"""The rows of what is stated of infections that are over."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.plans.recovery import RecoveryKind, RecoveryStatement
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "recoveries.sql")


@dataclass(frozen=True, slots=True)
class ListedRecovery:
    """A statement as it is kept, with the division of the person at that time."""

    id: UUID
    division: str
    statement: RecoveryStatement


def _statement(row: Record) -> RecoveryStatement:
    return RecoveryStatement(
        person_id=row["person_id"],
        kind=RecoveryKind(row["kind"]),
        recovered_at=row["recovered_at"],
        reason=row["reason"],
        stated_by=row["stated_by"],
        recorded_at=row["recorded_at"],
        received_from=row["received_from"],
        institution=row["institution"],
    )


async def append(
    connection: Connection, statement: RecoveryStatement, division: str, received_at: datetime
) -> bool:
    """Keep a statement and tell whether it had not been made before."""
    row = await QUERIES.fetchrow(
        connection,
        "append_recovery",
        recovery_id=statement.id,
        person_id=statement.person_id,
        division=division,
        kind=statement.kind,
        recovered_at=statement.recovered_at,
        reason=statement.reason,
        stated_by=statement.stated_by,
        recorded_at=statement.recorded_at,
        received_at=received_at,
        received_from=statement.received_from,
        institution=statement.institution,
    )
    return row is not None


async def of_people(
    connection: Connection, person_ids: Sequence[UUID]
) -> Mapping[UUID, list[RecoveryStatement]]:
    """Return what is stated of each person, those who were merged into them included, as it was entered."""
    found: dict[UUID, list[RecoveryStatement]] = defaultdict(list)
    for row in await QUERIES.fetch(connection, "recoveries_of_people", person_ids=list(person_ids)):
        found[row["owner"]].append(_statement(row))
    return found


async def list_page(connection: Connection, window: Window) -> list[ListedRecovery]:
    """Return the statements of a window, in the order of division and id, with one row to spare."""
    rows = await QUERIES.fetch(connection, "list_recoveries", **window.values())
    return [ListedRecovery(row["recovery_id"], row["division"], _statement(row)) for row in rows]

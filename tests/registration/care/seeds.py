"""People, plans and grids for tests of care, made short: change what a test is about, leave the rest."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from services.registration.actions.care.fill_grid import GridTools, fill_grid
from services.registration.rules.care.grid_document import ReadEntry, ResponsibilityEntry, StaffEntry
from shared.access import Principal, Scope
from shared.postgres import Connection
from shared.verdicts import Verdict
from tests.builders import A_VILLAGE, JIANSHENG

NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
"""09:00 in Shanghai."""
OPERATOR = Principal("operator", "operator", "500000", frozenset({Scope.ADMIN}), "key")
FIVE = ("town-cadre", "village-cadre", "police-officer", "village-doctor", "grid-worker")

_numbers = count(1)


async def a_person(connection: Connection, division: str = A_VILLAGE, id_: UUID | None = None) -> UUID:
    """Somebody on record of whom nothing else is known."""
    person_id = id_ or uuid4()
    await connection.execute(
        "INSERT INTO person (person_id, division, details_sealed, first_received_at, changed_at)"
        " VALUES ($1, $2, '', $3, $3)",
        person_id,
        division,
        NOW,
    )
    return person_id


async def a_plan(
    connection: Connection,
    person_id: UUID,
    division: str = A_VILLAGE,
    *,
    decided_at: datetime = NOW - timedelta(days=2),
    stage_kind: str = "home-monitoring",
    stage_division: str | None = None,
) -> UUID:
    """An open plan of 14 days that was decided two days ago, unless changed."""
    plan_id = uuid4()
    await connection.execute(
        """
        INSERT INTO plan (
            plan_id, person_id, begun_for, division, version, governing_rule, state, day_zero, last_day,
            stage, stage_kind, stage_last_day, stage_division, decided_at, changed_at
        ) VALUES ($1, $2, $2, $3, 1, 'returning-worker', 'open', $4, $5, 0, $6, $5, $7, $8, $8)
        """,
        plan_id,
        person_id,
        division,
        date(2021, 1, 30),
        date(2021, 2, 13),
        stage_kind,
        stage_division or division,
        decided_at,
    )
    return plan_id


async def end_plan(connection: Connection, plan_id: UUID, at: datetime = NOW) -> None:
    """Let a plan end with the person's release."""
    await connection.execute(
        "UPDATE plan SET state = 'released', released_at = $2, changed_at = $2 WHERE plan_id = $1",
        plan_id,
        at,
    )


async def a_known_return(connection: Connection, person_id: UUID, division: str = A_VILLAGE) -> UUID:
    """A return that became known, of somebody on record."""
    return_id = uuid4()
    await connection.execute(
        """
        INSERT INTO return_record (
            return_id, division, reference, state, arrived_at, arrival_recorded_at, arrival_source,
            last_arrival_at, first_received_at, changed_at, person_id
        ) VALUES ($1, $2, $3, 'unregistered', $4, $4, 'neighbour', $4, $4, $4, $5)
        """,
        return_id,
        division,
        f"R-{next(_numbers)}",
        NOW - timedelta(days=1),
        person_id,
    )
    return return_id


def staff(key: str, *roles: str, division: str = JIANSHENG, working: bool = True) -> dict[str, Any]:
    """A row of a document: somebody with roles."""
    return {
        "id": key,
        "name": "王某",
        "telephone": "023-68000000",
        "division": division,
        "roles": list(roles),
        "working": working,
    }


def responsible(key: str, role: str, division: str = A_VILLAGE, **part: str) -> dict[str, Any]:
    """A row of a document: somebody holds a role for a place."""
    return {"role": role, "person": key, "division": division, **part}


def a_whole_five(number: int = 1, division: str = A_VILLAGE) -> list[dict[str, Any]]:
    """People and responsibilities that leave nobody missing in a village."""
    rows: list[dict[str, Any]] = []
    for role in FIVE:
        rows += [
            staff(f"{role}-{number}", role),
            responsible(f"{role}-{number}", role, division),
        ]
    return rows


async def fill(tools: GridTools, *rows: dict[str, Any], now: datetime = NOW) -> Sequence[Verdict]:
    """Fill the grid with rows, whoever keeps them, and return the verdicts."""
    entries = [
        ReadEntry(
            str(position),
            (ResponsibilityEntry if "role" in row else StaffEntry).model_validate(row),
        )
        for position, row in enumerate(rows)
    ]
    return [one.verdict for one in await fill_grid(tools, entries, principal=OPERATOR, now=now)]

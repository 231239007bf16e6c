"""People and plans laid into the database as the decision of a plan leaves them there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

from services.registration.rules.day_count import stage_spans
from shared.contracts import EVENTS, Event, open_envelope
from shared.outbox import read_headers
from shared.postgres import Connection, Database
from tests.builders import A_VILLAGE
from tests.registration.returns.keeping import MEASURES

ZERO = date(2021, 2, 1)
DECIDED_AT = datetime(2021, 2, 1, 4, tzinfo=UTC)
ENTRY = (("central-quarantine", 14), ("home-quarantine", 7), ("self-management", 7))
LISTS = {kind.id: kind.care_list for kind in MEASURES.kinds}


@dataclass(frozen=True)
class Laid:
    """A person with an open plan."""

    person_id: UUID
    plan_id: UUID
    tests: tuple[UUID, ...]


async def lay_person(database: Database, division: str = A_VILLAGE) -> UUID:
    """A person whose details nobody asks for."""
    person_id = uuid4()
    await _execute(
        database,
        "INSERT INTO person (person_id, division, details_sealed, first_received_at, changed_at) "
        "VALUES ($1, $2, '', $3, $3)",
        person_id,
        division,
        DECIDED_AT,
    )
    return person_id


async def lay_plan(
    database: Database,
    stages: Sequence[tuple[str, int]] = ENTRY,
    *,
    tests: Sequence[int] = (),
    zero: date = ZERO,
    person_id: UUID | None = None,
    division: str = A_VILLAGE,
) -> Laid:
    """An open plan of stages (kind and days) that stands at its first one; `tests` are numbers of days."""
    person_id = person_id or await lay_person(database, division)
    plan_id = uuid4()
    spans = stage_spans(zero, [days for _, days in stages])
    assert all(later[0] > earlier[1] for earlier, later in pairwise(spans))
    await _execute(
        database,
        "INSERT INTO plan (plan_id, person_id, begun_for, division, version, governing_rule, state, "
        "day_zero, last_day, stage, stage_kind, stage_last_day, stage_division, decided_at, changed_at) "
        "VALUES ($1, $2, $2, $3, 1, 'entry-14-7-7', 'open', $4, $5, 0, $6, $7, $3, $8, $8)",
        plan_id,
        person_id,
        division,
        zero,
        spans[-1][1],
        stages[0][0],
        spans[0][1],
        DECIDED_AT,
    )
    for position, ((kind, _), (first, last)) in enumerate(zip(stages, spans, strict=True)):
        await _execute(
            database,
            "INSERT INTO plan_stage (plan_id, position, kind, first_day, last_day, care_list)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            plan_id,
            position,
            kind,
            first,
            last,
            LISTS[kind],
        )
    laid = tuple([await lay_test(database, person_id, plan_id, day, zero, division) for day in tests])
    return Laid(person_id, plan_id, laid)


async def lay_test(
    database: Database, person_id: UUID, plan_id: UUID, day: int, zero: date = ZERO, division: str = A_VILLAGE
) -> UUID:
    """A test due on a day of the plan."""
    test_id = uuid4()
    await _execute(
        database,
        "INSERT INTO plan_test (test_id, plan_id, person_id, division, due_on, rules, state) "
        "VALUES ($1, $2, $3, $4, $5, '{entry-14-7-7}', 'due')",
        test_id,
        plan_id,
        person_id,
        division,
        date.fromordinal(zero.toordinal() + day),
    )
    return test_id


async def fall_ill(connection: Connection, person_id: UUID, at: datetime) -> None:
    """A fever that nobody has closed, as the daily round leaves it."""
    await connection.execute(
        "INSERT INTO symptom_episode (episode_id, person_id, division, symptoms, "
        "highest_temperature_celsius, opened_at, recorded_at, changed_at) "
        "VALUES ($1, $2, $3, '{fever}', 38.1, $4, $4, $4) ON CONFLICT DO NOTHING",
        uuid4(),
        person_id,
        A_VILLAGE,
        at,
    )


async def recover(connection: Connection, person_id: UUID, at: datetime) -> None:
    """The outcome that closes it."""
    await connection.execute(
        "UPDATE symptom_episode SET closed_at = $2, outcome = 'cleared' "
        "WHERE person_id = $1 AND closed_at IS NULL",
        person_id,
        at,
    )


async def rows(database: Database, statement: str, *values: object) -> list[dict[str, Any]]:
    """What a query finds."""
    async with database.connection() as connection:
        return [dict(row) for row in await connection.fetch(statement, *values)]


async def told(database: Database) -> list[Event]:
    """The events in the outbox, in their order; nobody relays them where no service runs."""
    found = await rows(database, "SELECT headers, body FROM outbox ORDER BY id")
    return [open_envelope(read_headers(row["headers"]), row["body"], EVENTS)[1] for row in found]


async def _execute(database: Database, statement: str, *values: object) -> None:
    async with database.connection() as connection:
        await connection.execute(statement, *values)

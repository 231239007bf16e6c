"""Ledgers on a real database: what is stored, how often, and under many writers at once."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from services.registration.actions.returns.read_returns import list_returns, read_return
from services.registration.actions.returns.record_returns import record_returns
from services.registration.rules.returns.return_merge import (
    Return,
    ReturnSource,
    ReturnState,
    ReturnStatement,
)
from services.registration.storage import (
    drugs,
    grounds,
    movement,
    plan_decisions,
    returns,
    risk_areas,
    sentinels,
    symptom_reports,
    transfers,
)
from services.registration.storage.listing import Window
from shared.divisions import subtree_bounds
from shared.postgres import Database
from shared.verdicts import Verdict
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG
from tests.registration.returns.keeping import KEEPING

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOWN = subtree_bounds(JIANSHENG)
RETURN = ReturnStatement(
    reference="R-1",
    division=A_VILLAGE,
    source=ReturnSource.SELF,
    arrived_at=NOW - 3 * HOUR,
    registered_at=None,
    recorded_at=NOW,
    received_from="key",
)


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("registration"), "registration", size=8)
    yield opened
    await opened.close()


async def count(database: Database, table: str) -> int:
    async with database.connection() as connection:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))


async def test_every_query_fits_the_schema(database: Database) -> None:
    async with database.connection() as connection:
        for queries in (
            returns.QUERIES,
            risk_areas.QUERIES,
            plan_decisions.QUERIES,
            symptom_reports.QUERIES,
            sentinels.QUERIES,
            drugs.QUERIES,
            grounds.QUERIES,
            movement.QUERIES,
            transfers.QUERIES,
        ):
            for name in queries.names():
                await connection.prepare(queries.sql(name))


@pytest.mark.parametrize("table", ["return_statement", "symptom_statement", "transfer_statement"])
async def test_what_was_said_is_never_changed(database: Database, table: str) -> None:
    async with database.connection() as connection:
        for change in (f"UPDATE {table} SET received_at = received_at", f"DELETE FROM {table}"):
            with pytest.raises(asyncpg.RaiseError, match="append-only"):
                await connection.execute(change)


@pytest.mark.requirement("return-registration")
async def test_a_moment_is_told_once_and_an_earlier_one_anew(database: Database) -> None:
    def told(**changes: object) -> ReturnStatement:
        return replace(RETURN, **changes)

    steps: list[tuple[ReturnStatement, Verdict, int]] = [
        (told(), Verdict.STORED, 1),
        (told(), Verdict.DUPLICATE, 1),
        (told(arrived_at=NOW - 2 * HOUR), Verdict.STORED, 1),
        (told(arrived_at=NOW - 5 * HOUR, source=ReturnSource.RAILWAY_LIST), Verdict.STORED, 2),
        (told(arrived_at=NOW - 5 * HOUR), Verdict.STORED, 2),
        (told(registered_at=NOW - HOUR, source=ReturnSource.VILLAGE), Verdict.STORED, 3),
        (told(registered_at=NOW, source=ReturnSource.COMMUNITY), Verdict.STORED, 3),
    ]
    for statement, verdict, events in steps:
        (recorded,) = await record_returns(database, [statement], KEEPING, now=NOW)
        assert recorded.verdict is verdict
        assert await count(database, "outbox") == events
    held, said, _ = await read_return(database, RETURN.id, TOWN)
    assert (held.arrived.at, held.registered and held.registered.at) == (NOW - 5 * HOUR, NOW - HOUR)
    assert len(said) == 6


async def test_statements_of_one_subject_in_one_transaction_are_merged(database: Database) -> None:
    statements = [
        replace(RETURN, arrived_at=NOW - hours * HOUR, registered_at=NOW if hours == 2 else None)
        for hours in (1, 4, 2, 4)
    ]
    recorded = await record_returns(database, statements, KEEPING, now=NOW)
    stored, duplicate = Verdict.STORED, Verdict.DUPLICATE
    assert [one.verdict for one in recorded] == [stored, stored, stored, duplicate]
    assert {one.held.arrived.at for one in recorded} == {NOW - 4 * HOUR}
    assert await count(database, "return_record") == 1
    assert await count(database, "outbox") == 2


async def test_writers_at_once_neither_wait_crosswise_nor_lose_anything(database: Database) -> None:
    shuffle = random.Random(7).shuffle
    statements = [
        replace(
            RETURN,
            reference=f"R-{number}",
            source=source,
            arrived_at=NOW - hours * HOUR,
            registered_at=NOW - HOUR if hours == 3 else None,
        )
        for number in range(40)
        for hours, source in ((2, ReturnSource.SELF), (3, ReturnSource.VILLAGE), (4, ReturnSource.NEIGHBOUR))
    ]

    async def write() -> None:
        own = statements.copy()
        shuffle(own)
        for start in range(0, len(own), 30):
            await record_returns(database, own[start : start + 30], KEEPING, now=NOW)

    await asyncio.gather(*(write() for _ in range(8)))
    assert await count(database, "return_record") == 40
    assert await count(database, "return_statement") == 120
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT DISTINCT arrived_at, registered_at FROM return_record")
        ids = await connection.fetchval("SELECT count(*) - count(DISTINCT event_id) FROM outbox")
    assert [tuple(row) for row in rows] == [(NOW - 4 * HOUR, NOW - HOUR)]
    assert ids == 0


async def test_a_list_shows_each_row_once_in_pages_of_a_subtree(database: Database) -> None:
    statements = [
        replace(
            RETURN,
            reference=f"R-{number}",
            division=A_VILLAGE if number % 2 else ANOTHER_VILLAGE,
            registered_at=NOW if number % 3 else None,
        )
        for number in range(30)
    ]
    await record_returns(database, statements, KEEPING, now=NOW)

    async def all_of(bounds: tuple[str, str], state: ReturnState | None) -> list[Return]:
        found: list[Return] = []
        window = Window(bounds, 4)
        while rows := await list_returns(database, window, state):
            found += rows
            window = replace(window, after=(rows[-1].division, rows[-1].id))
        return found

    assert sorted(held.id for held in await all_of(TOWN, None)) == sorted(said.id for said in statements)
    assert len(await all_of(subtree_bounds(A_VILLAGE), None)) == 15
    assert len(await all_of(TOWN, ReturnState.UNREGISTERED)) == 10
    assert len(await all_of(subtree_bounds(A_VILLAGE), ReturnState.REGISTERED)) == 10
    assert await all_of(subtree_bounds("500101"), None) == []

"""Rounds of tests in open sites: every seven days from the opening, each asked for once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.registration.actions.quarantine.ask_for_rounds import ask_for_rounds
from services.registration.storage import site_positives, site_rounds
from shared.contracts.registration import SiteRoundDue
from shared.policy import load_pack
from shared.postgres import Database
from shared.settings import PROJECT
from tests.builders import A_VILLAGE, JIANSHENG
from tests.keys import a_key
from tests.registration.conftest import EventsOnBus
from tests.registration.quarantine.sites import a_site, put

pytestmark = [pytest.mark.requirement("quarantine-monitoring"), pytest.mark.requirement("quarantine-sites")]
LAW = load_pack(PROJECT / "policies" / "chongqing-2021-winter").quarantine
WEEK, MOMENT = timedelta(days=7), timedelta(microseconds=1)


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("registration"), "registration", size=8)
    yield opened
    await opened.close()


async def test_every_query_fits_the_schema(database: Database) -> None:
    async with database.connection() as connection:
        for queries in (site_rounds.QUERIES, site_positives.QUERIES):
            for name in queries.names():
                await connection.prepare(queries.sql(name))


async def asked(database: Database, now: datetime) -> None:
    """Two processes take turns until nothing is due."""
    assert LAW is not None
    rounds = LAW.rounds

    async def take_turns() -> None:
        while await ask_for_rounds(database, rounds, now=now):
            pass

    await asyncio.gather(take_turns(), take_turns())


async def test_each_round_is_asked_for_once_when_it_is_due(
    town: httpx.AsyncClient, database: Database, events: EventsOnBus, database_url: str
) -> None:
    opened_at = datetime.now(UTC) - timedelta(hours=1)
    await put(town, "site", a_site(environment_points=12))
    await put(town, "other", a_site())
    body = {"reason": "疫情处置", "opened_at": opened_at.isoformat()}
    for code in ("site", "other"):
        assert (await town.post(f"/v1/sites/{code}/open", json=body)).status_code == 200
    guests = {"person_ids": ["00000000-0000-4000-8000-000000000001"], "division": A_VILLAGE, "site": "site"}
    assert (await town.post("/v1/rooms/assignments", json=guests)).status_code == 201
    assert (await town.post("/v1/sites/other/close", json={"reason": "结束"})).status_code == 200

    async def rounds(code: str = "site") -> list[tuple[int, datetime, int, int]]:
        items = (await town.get(f"/v1/sites/{code}/rounds")).json()["items"]
        return [
            (one["round"], datetime.fromisoformat(one["due_at"]), one["people"], one["environment_points"])
            for one in items
        ]

    await asked(database, opened_at + WEEK - MOMENT)
    assert await rounds() == []
    for _ in range(2):
        await asked(database, opened_at + WEEK)
        assert await rounds() == [(1, opened_at + WEEK, 1, 12)]
    await asked(database, opened_at + 3 * WEEK + MOMENT)  # the second one was missed: it is asked for, late
    assert await rounds() == [(number, opened_at + number * WEEK, 1, 12) for number in (3, 2, 1)]
    assert await rounds("other") == []
    found = [event for event in await events(6) if isinstance(event, SiteRoundDue)]
    assert [(event.round, event.site, event.division) for event in found] == [
        (number, "site", JIANSHENG) for number in (1, 2, 3)
    ]
    assert all(event.occurred_at == event.due_at for event in found)
    headers = {"authorization": f"Bearer {await a_key(database_url, A_VILLAGE, 'sites:read')}"}
    assert (await town.get("/v1/sites/site/rounds", headers=headers)).status_code == 404

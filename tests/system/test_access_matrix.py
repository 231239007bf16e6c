"""Every route of every service: without a key, with other scopes, from outside the subtree."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from dutyclock.documents.api import assemble_unconnected
from shared.access import NOT_IMPLIED_BY_ADMIN, Scope, scopes_of
from shared.admission import OPEN
from shared.jetstream import SERVICES
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, a_result
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.system.platform import CHONGQING, a_roster
from tests.waiting import until

pytestmark = pytest.mark.system

ENDLESS = ("/v1/clocks/stream", "/v1/events")
SOME_ID = "00000000-0000-4000-8000-000000000000"
SOME_TEXT = "some-text"
Start = Callable[..., Awaitable[ServiceProcess]]


class Door(NamedTuple):
    """One method of one route, with the scopes that it demands; no scopes at all means that it is open."""

    method: str
    path: str
    scopes: frozenset[Scope]
    is_open: bool


def doors_of(app: Litestar) -> Iterator[Door]:
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            if not handler.include_in_schema:
                continue
            path = "/" + "/".join(
                part if isinstance(part, str) else SOME_ID if part.type.__name__ == "UUID" else SOME_TEXT
                for part in route.path_components
            )
            for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                yield Door(str(method), path, scopes_of(handler), bool(handler.opt.get(OPEN)))


@pytest.fixture(scope="module")
def doors() -> dict[str, list[Door]]:
    async def all_doors() -> dict[str, list[Door]]:
        return {service: list(doors_of(assemble_unconnected(service))) for service in SERVICES}

    return asyncio.run(all_doors())


def _bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def _knock(client: httpx.AsyncClient, door: Door, key: str | None) -> int:
    body = {} if door.method in ("POST", "PUT", "PATCH") else None
    async with client.stream(
        door.method, door.path, json=body, headers=_bearer(key) if key else {}, timeout=10
    ) as answer:
        return answer.status_code


@pytest.mark.parametrize("service", SERVICES)
async def test_every_route_asks_for_a_key_and_its_scopes(
    service: str, doors: dict[str, list[Door]], start_service: Start, database_url: str
) -> None:
    running = await start_service(service)
    guarded = [door for door in doors[service] if not door.is_open]
    assert guarded, "a service without a guarded route is none of ours"
    assert all(door.scopes for door in guarded), [door for door in guarded if not door.scopes]
    keys = await _keys_of(guarded, database_url)
    async with httpx.AsyncClient(base_url=running.url) as client:
        for door in guarded:
            assert await _knock(client, door, None) == 401, door
            assert await _knock(client, door, "dk_abc_def") == 401, door
            assert await _knock(client, door, keys[door.scopes]) != 403, door
            for held in _one_short(door.scopes):
                assert await _knock(client, door, keys[held]) == 403, (
                    door,
                    "all scopes but one that it asks for",
                )
            by_admin = door.scopes.isdisjoint(NOT_IMPLIED_BY_ADMIN)
            assert (await _knock(client, door, keys[ADMIN]) != 403) is by_admin, door


ADMIN = frozenset({Scope.ADMIN})


def _one_short(scopes: frozenset[Scope]) -> list[frozenset[Scope]]:
    """Return for each scope that a door asks for all others that there are: none of them opens it."""
    return [frozenset(Scope) - {scope, Scope.ADMIN} for scope in sorted(scopes)]


async def _keys_of(doors: list[Door], database_url: str) -> dict[frozenset[Scope], str]:
    """Return a key for each set of scopes that is tried: what a door asks for, and all but one of it."""
    wanted = {ADMIN} | {held for door in doors for held in (door.scopes, *_one_short(door.scopes))}
    return {held: await a_key(database_url, CHONGQING, *sorted(held)) for held in wanted}


@pytest.fixture
async def seeded(start_service: Start, database_url: str) -> dict[str, Any]:
    """All services with one thing of each kind in A_VILLAGE, and their ids."""
    started = await asyncio.gather(*(start_service(name) for name in SERVICES))
    services: dict[str, ServiceProcess] = {service.name: service for service in started}
    now = datetime.now(UTC)
    key = _bearer(await a_key(database_url, CHONGQING))
    ids: dict[str, Any] = {}

    async def post(service: str, path: str, body: Any) -> Any:
        async with httpx.AsyncClient(base_url=services[service].url, headers=key) as client:
            answer = await client.post(path, json=body)
            assert answer.is_success, f"{path}: {answer.text}"
            return answer.json()

    async def first(service: str, path: str) -> Any:
        async def there() -> Any:
            async with httpx.AsyncClient(base_url=services[service].url, headers=key) as client:
                items = (await client.get(path)).json()["items"]
                return items[0] if items else None

        return await until(there, seconds=20)

    past = (now - timedelta(hours=1)).isoformat()
    await post("alerts", "/v1/duty", a_roster(now, ("reporting-officer", A_VILLAGE)))
    ids["sample"] = (await post("testing", "/v1/results", a_result(now)))["sample_id"]
    await post(
        "registration",
        "/v1/returns",
        {"reference": "r-1", "division": A_VILLAGE, "arrived_at": past, "source": "village"},
    )
    unit = {
        "unit": A_VILLAGE,
        "day": now.date().isoformat(),
        "zero": True,
        "reporter": "甲",
        "abnormal": False,
    }
    await post("reporting", "/v1/daily-reports", unit)
    ids["case"] = (await first("reporting", "/v1/cases"))["case_id"]
    ids["clock"] = (await first("alerts", "/v1/clocks?rule=direct-report"))["id"]
    ids["page"] = (await first("alerts", "/v1/pages"))["id"]
    ids["return"] = (await first("registration", "/v1/returns"))["return_id"]
    return {"services": services, "ids": ids}


async def test_nothing_of_another_division_is_seen_or_touched(
    seeded: dict[str, Any], database_url: str, doors: dict[str, list[Door]]
) -> None:
    services: dict[str, ServiceProcess] = seeded["services"]
    ids = seeded["ids"]
    neighbour = _bearer(await a_key(database_url, ANOTHER_VILLAGE))
    own = _bearer(await a_key(database_url, A_VILLAGE))
    by_id = [
        ("testing", f"/v1/samples/{ids['sample']}"),
        ("registration", f"/v1/returns/{ids['return']}"),
        ("reporting", f"/v1/cases/{ids['case']}"),
        ("alerts", f"/v1/clocks/{ids['clock']}"),
        ("alerts", f"/v1/pages/{ids['page']}"),
    ]
    async with httpx.AsyncClient(timeout=10) as client:
        for service, path in by_id:
            url = services[service].url + path
            assert (await client.get(url, headers=own)).status_code == 200, path
            assert (await client.get(url, headers=neighbour)).status_code == 404, path
        for service, listed in doors.items():
            for door in listed:
                named = SOME_ID in door.path or SOME_TEXT in door.path
                if door.method != "GET" or named or door.is_open or door.path in ENDLESS:
                    continue
                url = services[service].url + door.path
                beside = await client.get(url, params={"division": A_VILLAGE}, headers=neighbour)
                assert beside.status_code in (400, 403, 422), (door, beside.text)
                plain = await client.get(url, headers=neighbour)
                for found in ids.values():
                    assert found not in plain.text, door
        orders = [
            ("testing", "/v1/results", a_result(datetime.now(UTC)), 403),
            ("alerts", f"/v1/clocks/{ids['clock']}/void", {"reason": "r", "name": "n"}, 404),
            ("alerts", f"/v1/pages/{ids['page']}/acknowledge", {}, 404),
            (
                "testing",
                f"/v1/samples/{ids['sample']}/corrections",
                {"result": "negative", "reason_code": "mix-up", "occurred_at": datetime.now(UTC).isoformat()},
                404,
            ),
        ]
        for service, path, body, status in orders:
            answer = await client.post(services[service].url + path, json=body, headers=neighbour)
            assert answer.status_code == status, (path, answer.text)

"""Who is let in, with which scope, and how far down the tree of divisions they see."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest

from shared.access import Principal, Scope
from shared.api_keys import create_key, list_keys, revoke_key
from shared.divisions import subtree_bounds
from shared.errors import Forbidden, NotFound
from shared.postgres import Database
from tests.http.application import Deeds, build, calling
from tests.http.test_refused_input import is_problem
from tests.keys import a_key
from tests.waiting import until

NOTE_ID = str(UUID(int=1))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "dk_"},
        {"X-API-Key": "dk_unknownkey_secret"},
        {"X-API-Key": "dk_a_" + "x" * 500},
        {"X-API-Key": "not-a-key"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Bearer"},
    ],
)
async def test_refuses_strangers(database: Database, deeds: Deeds, headers: dict[str, str]) -> None:
    async with calling(build(database, deeds)) as client:
        answer = await client.get("/v1/notes", headers=headers)
        is_problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_refuses_an_altered_key(client: httpx.AsyncClient, key: str) -> None:
    altered = key[:-1] + ("A" if key[-1] != "A" else "B")
    is_problem(await client.get("/v1/notes", headers={"X-API-Key": altered}), 401, "unauthenticated")


async def test_refuses_two_credentials(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.get("/v1/notes", headers={"Authorization": f"Bearer {key}"})
    is_problem(answer, 401, "unauthenticated")


async def test_takes_a_key_as_bearer_too(database: Database, deeds: Deeds, key: str) -> None:
    async with calling(build(database, deeds)) as client:
        answer = await client.get("/v1/notes", headers={"Authorization": f"bearer {key}"})
        assert answer.status_code == 200


MATRIX = [
    ("POST", "/v1/notes", "results:write"),
    ("POST", "/v1/notes/batch", "results:write"),
    ("GET", "/v1/notes", "results:read"),
    ("GET", "/v1/numbers", "results:read"),
    ("GET", f"/v1/notes/{NOTE_ID}", "results:read"),
    ("GET", "/v1/failures/conflict", "admin"),
]


async def test_every_route_asks_for_its_scope_and_no_other(
    database: Database, deeds: Deeds, database_url: str
) -> None:
    keys = {scope: await a_key(database_url, "500104", scope) for scope in Scope}
    async with calling(build(database, deeds)) as client:
        for method, path, needed in MATRIX:
            for scope, key in keys.items():
                answer = await client.request(method, path, headers={"X-API-Key": key})
                allowed = scope in (needed, Scope.ADMIN)
                assert (answer.status_code != 403) is allowed, (method, path, scope)


async def test_orders_for_other_divisions_are_refused(client: httpx.AsyncClient, deeds: Deeds) -> None:
    for division, status in [("500104", 201), ("500104102001", 201), ("500105", 403), ("500000", 403)]:
        answer = await client.post("/v1/notes", json={"division": division})
        assert answer.status_code == status, division
    assert deeds.count == 2


async def test_things_of_other_divisions_do_not_exist(client: httpx.AsyncClient, database_url: str) -> None:
    assert (await client.get(f"/v1/notes/{NOTE_ID}")).status_code == 200
    neighbour = await a_key(database_url, "500104101", "results:read")
    answer = await client.get(f"/v1/notes/{NOTE_ID}", headers={"X-API-Key": neighbour})
    is_problem(answer, 404, "not-found")


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("", "500104"), ("?division=500000", "500104"), ("?division=500104102", "500104102")],
)
async def test_lists_show_the_own_subtree(client: httpx.AsyncClient, asked: str, shown: str) -> None:
    answer = await client.get(f"/v1/notes{asked}")
    assert answer.json()["bounds"] == list(subtree_bounds(shown))


async def test_lists_of_a_neighbour_are_refused(client: httpx.AsyncClient) -> None:
    is_problem(await client.get("/v1/notes?division=500105"), 403, "forbidden")


async def test_revoked_keys_end_within_the_cache_time(
    database: Database, deeds: Deeds, database_url: str, key: str
) -> None:
    admin = await asyncpg.connect(database_url)
    try:
        async with calling(build(database, deeds, access_cache_seconds=0.2), key) as client:
            assert (await client.get("/v1/notes")).status_code == 200
            await revoke_key(admin, key.split("_")[1], now=datetime.now(UTC))

            async def refused() -> bool:
                return (await client.get("/v1/notes")).status_code == 401

            await until(refused, seconds=2)
    finally:
        await admin.close()


async def test_keys_end_when_they_expire(database: Database, deeds: Deeds, database_url: str) -> None:
    admin = await asyncpg.connect(database_url)
    now = datetime.now(UTC)
    try:
        _, key = await create_key(
            admin,
            name="short",
            division="500104",
            scopes=[Scope.ADMIN],
            now=now - timedelta(days=2),
            expires_at=now - timedelta(days=1),
        )
        async with calling(build(database, deeds), key) as client:
            is_problem(await client.get("/v1/notes"), 401, "unauthenticated")
    finally:
        await admin.close()


async def test_what_is_stored_of_a_key(client: httpx.AsyncClient, key: str, database_url: str) -> None:
    await client.get("/v1/notes")
    admin = await asyncpg.connect(database_url)
    try:
        stored = dict(await admin.fetchrow("SELECT * FROM access.api_key") or {})
        [listed] = await list_keys(admin)
    finally:
        await admin.close()
    secret = key.split("_", 2)[2]
    assert secret.encode() not in repr(stored).encode()
    assert len(secret) >= 43  # 256 bits
    assert listed.last_used_at is not None


async def test_a_service_cannot_make_keys(database: Database) -> None:
    async with database.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await create_key(
                connection, name="", division="500104", scopes=[Scope.ADMIN], now=datetime.now(UTC)
            )


def a_principal(*scopes: Scope, division: str = "500104") -> Principal:
    return Principal("k", "k", division, frozenset(scopes), "key")


def test_admin_does_not_imply_personal_data() -> None:
    admin = a_principal(Scope.ADMIN)
    assert all(admin.may(scope) for scope in Scope if scope is not Scope.PII_READ)
    assert not admin.may(Scope.PII_READ)


def test_a_municipality_reaches_all_its_districts() -> None:
    chongqing = a_principal(division="500000")
    assert chongqing.reaches("500104")
    assert not chongqing.reaches("510104")
    with pytest.raises(Forbidden):
        chongqing.must_reach("110101")
    with pytest.raises(NotFound):
        a_principal(division="500104102001").must_find("500104102")

"""The same POST under the same key is carried out once, whatever happens in between."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest

from shared.errors import Conflict, NotFound, Unavailable
from shared.idempotency import KEPT, purge_idempotency
from shared.postgres import Database
from tests.http.application import Deeds, build, calling
from tests.http.test_refused_input import is_problem
from tests.keys import a_key
from tests.waiting import until

NOTE = {"division": "500104102", "text": "once"}


def under(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def test_replays_the_answer(client: httpx.AsyncClient, deeds: Deeds) -> None:
    first = await client.post("/v1/notes", json=NOTE, headers=under("a"))
    second = await client.post("/v1/notes", json=NOTE, headers=under("a"))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.headers["content-type"] == second.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert deeds.count == 1


async def test_without_a_key_nothing_is_remembered(client: httpx.AsyncClient, deeds: Deeds) -> None:
    await client.post("/v1/notes", json=NOTE)
    await client.post("/v1/notes", json=NOTE)
    assert deeds.count == 2


async def test_refuses_another_body_under_the_same_key(client: httpx.AsyncClient, deeds: Deeds) -> None:
    await client.post("/v1/notes", json=NOTE, headers=under("b"))
    answer = await client.post("/v1/notes", json={**NOTE, "text": "twice"}, headers=under("b"))
    is_problem(answer, 422, "key-reused")
    other_route = await client.post("/v1/notes/batch", json=NOTE, headers=under("b"))
    is_problem(other_route, 422, "key-reused")
    assert deeds.count == 1


async def test_twenty_at_once_are_carried_out_once(client: httpx.AsyncClient, deeds: Deeds) -> None:
    deeds.gate = asyncio.Event()
    calls = [asyncio.create_task(client.post("/v1/notes", json=NOTE, headers=under("c"))) for _ in range(20)]
    await until(lambda: sum(call.done() for call in calls) == 19, what="nineteen refusals")
    refused = [call.result() for call in calls if call.done()]
    for answer in refused:
        is_problem(answer, 409, "in-progress")
        assert int(answer.headers["retry-after"]) >= 1
    deeds.gate.set()
    done = [call for call in calls if (await call).status_code == 201]
    assert len(done) == 1
    assert deeds.count == 1
    again = await client.post("/v1/notes", json=NOTE, headers=under("c"))
    assert again.content == done[0].result().content
    assert deeds.count == 1


async def test_keys_belong_to_their_principal(
    client: httpx.AsyncClient, deeds: Deeds, database_url: str
) -> None:
    other = await a_key(database_url, "500104102")
    await client.post("/v1/notes", json=NOTE, headers=under("d"))
    answer = await client.post("/v1/notes", json=NOTE, headers={**under("d"), "X-API-Key": other})
    assert "idempotency-replayed" not in answer.headers
    assert deeds.count == 2


@pytest.mark.parametrize(
    "failure", [Unavailable("The database does not answer."), RuntimeError("unforeseen")]
)
async def test_failures_of_ours_are_not_stored(
    client: httpx.AsyncClient, deeds: Deeds, failure: Exception
) -> None:
    deeds.failure = failure
    failed = await client.post("/v1/notes", json=NOTE, headers=under("e"))
    assert failed.status_code >= 500
    deeds.failure = None
    answer = await client.post("/v1/notes", json=NOTE, headers=under("e"))
    assert answer.status_code == 201
    assert deeds.count == 2


async def test_refusals_are_stored(client: httpx.AsyncClient) -> None:
    first = await client.post("/v1/notes", json={"division": "x"}, headers=under("f"))
    second = await client.post("/v1/notes", json={"division": "x"}, headers=under("f"))
    assert first.status_code == second.status_code == 422
    assert second.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("refusal", [NotFound("It is on its way."), Conflict("Not before its report.")])
async def test_what_time_may_mend_is_not_kept(
    client: httpx.AsyncClient, deeds: Deeds, refusal: Exception
) -> None:
    deeds.failure = refusal
    first = await client.post("/v1/notes", json=NOTE, headers=under("m"))
    assert first.status_code in (404, 409)
    deeds.failure = None
    second = await client.post("/v1/notes", json=NOTE, headers=under("m"))
    assert second.status_code == 201
    assert "idempotency-replayed" not in second.headers


async def test_what_a_key_may_not_do_claims_nothing(
    client: httpx.AsyncClient, database_url: str, database: Database
) -> None:
    reader = await a_key(database_url, "500104", "results:read")
    answer = await client.post("/v1/notes", json=NOTE, headers={**under("g"), "X-API-Key": reader})
    is_problem(answer, 403, "forbidden")
    outside = await client.post("/v1/notes", json={"division": "500105"}, headers=under("h"))
    is_problem(outside, 403, "forbidden")
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM idempotency") == 0


@pytest.mark.parametrize("value", [b"", b"a b", b"k" * 256, "键".encode()])
async def test_refuses_keys_that_cannot_be_read(client: httpx.AsyncClient, value: bytes) -> None:
    headers: list[tuple[bytes, bytes]] = [(b"Idempotency-Key", value), (b"Content-Type", b"application/json")]
    answer = await client.post("/v1/notes", content=b"{}", headers=headers)
    assert is_problem(answer, 400, "malformed-input")["problems"][0]["field"] == "Idempotency-Key"


async def test_a_crashed_attempt_is_carried_out_again_after_its_lease(
    client: httpx.AsyncClient, deeds: Deeds, database_url: str
) -> None:
    await client.post("/v1/notes", json=NOTE, headers=under("i"))
    crashed = """
    UPDATE testing.idempotency SET completed_at = NULL, status = NULL, headers = NULL, body = NULL,
    lease_ends_at = $1
    """
    admin = await asyncpg.connect(database_url)
    try:
        await admin.execute(crashed, datetime.now(UTC) + timedelta(seconds=60))
        held = await client.post("/v1/notes", json=NOTE, headers=under("i"))
        is_problem(held, 409, "in-progress")
        await admin.execute(crashed, datetime.now(UTC))
    finally:
        await admin.close()
    other = await client.post("/v1/notes", json={**NOTE, "text": "other"}, headers=under("i"))
    is_problem(other, 422, "key-reused")
    again = await client.post("/v1/notes", json=NOTE, headers=under("i"))
    assert again.status_code == 201
    assert deeds.count == 2


async def test_keys_are_forgotten_after_a_day(
    client: httpx.AsyncClient, deeds: Deeds, database: Database
) -> None:
    await client.post("/v1/notes", json=NOTE, headers=under("j"))
    tomorrow = datetime.now(UTC) + KEPT
    async with database.connection() as connection:
        assert await purge_idempotency(connection, now=tomorrow - timedelta(minutes=1)) == 0
        assert await purge_idempotency(connection, now=tomorrow + timedelta(minutes=1)) == 1
    await client.post("/v1/notes", json=NOTE, headers=under("j"))
    assert deeds.count == 2


async def test_without_the_database_nothing_is_carried_out(
    service_database_url: object, database: Database, deeds: Deeds, key: str
) -> None:
    async with calling(build(database, deeds), key) as client:
        await client.post("/v1/notes", json=NOTE)
        await database.pool.close()
        answer = await client.post("/v1/notes", json=NOTE, headers=under("k"))
        is_problem(answer, 503, "unavailable")
        assert "retry-after" in answer.headers
        assert deeds.count == 1

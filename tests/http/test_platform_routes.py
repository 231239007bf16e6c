"""What the platform itself asks, and what every answer carries."""

import asyncio
from pathlib import Path

import httpx
import orjson
import pytest
import structlog
from litestar import get

import shared.errors
from shared.clock import Clock
from shared.errors import DutyclockError, Unavailable
from shared.health import ReadinessCheck, migrations_check
from shared.http import create_app
from shared.openapi import openapi_document
from shared.postgres import Database
from shared.problems import catalogue
from shared.settings import PROJECT
from tests.http.application import Deeds, a_settings, build, calling
from tests.http.test_refused_input import is_problem

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_health_asks_nobody(database: Database, deeds: Deeds) -> None:
    async with calling(build(database, deeds)) as client:
        await database.pool.close()
        answer = await client.get("/health")
        assert answer.json()["status"] == "alive"
        document = is_problem(await client.get("/ready"), 503, "not-ready")
        assert [problem["field"] for problem in document["problems"]] == ["database"]


async def test_ready_names_what_is_missing(database: Database, deeds: Deeds) -> None:
    async def away() -> None:
        raise Unavailable("The bus does not answer.")

    async def broken() -> None:
        raise RuntimeError("a secret")

    async def silent() -> None:
        await asyncio.Event().wait()

    checks = [
        ReadinessCheck("bus", away),
        ReadinessCheck("policy", broken),
        ReadinessCheck("silent", silent, timeout_seconds=0.05),
        migrations_check(database, PROJECT / "shared" / "migrations" / "service"),
    ]
    async with calling(build(database, deeds, checks=checks)) as client:
        answer = await client.get("/ready")
        document = is_problem(answer, 503, "not-ready")
        assert "secret" not in answer.text
        assert {problem["field"]: problem["reason"] for problem in document["problems"]} == {
            "bus": "The bus does not answer.",
            "policy": "RuntimeError",
            "silent": "no answer within 0.05 s",
        }


async def test_ready_says_what_was_looked_at(database: Database, deeds: Deeds) -> None:
    migrations = migrations_check(database, PROJECT / "shared" / "migrations" / "service")
    async with calling(build(database, deeds, checks=[migrations])) as client:
        answer = await client.get("/ready")
        assert answer.status_code == 200
        assert set(answer.json()["checks"]) == {"database", "migrations"}


async def test_migrations_not_applied_are_named(database: Database, tmp_path: Path) -> None:
    (tmp_path / "9999_later.sql").write_text("")
    with pytest.raises(DutyclockError, match="9999_later"):
        await migrations_check(database, tmp_path).check()


async def test_metrics_name_routes_and_no_caller(client: httpx.AsyncClient) -> None:
    await client.get("/v1/notes/00000000-0000-0000-0000-000000000001")
    await client.get("/v1/nothing/13812345678")
    text = (await client.get("/metrics")).text
    assert 'route="/v1/notes/{note_id}"' in text.replace(":uuid", "")
    assert 'route="unmatched",service="testing",status_class="4xx"' in text
    assert 'database_pool_connections{service="testing",state="idle"}' in text
    assert "process_resident_memory_bytes" in text
    assert "13812345678" not in text


async def test_every_answer_is_numbered_and_guarded(client: httpx.AsyncClient) -> None:
    for path in ("/v1/notes", "/v1/nothing", "/health"):
        answer = await client.get(path, headers={"Request-Id": "lab-7.1", "traceparent": TRACEPARENT})
        assert answer.headers["request-id"] == "lab-7.1"
        assert answer.headers["traceparent"] == TRACEPARENT
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("request_id", ["", "a b", "<script>", "x" * 129, "é"])
async def test_request_ids_that_could_do_harm_are_replaced(
    client: httpx.AsyncClient, request_id: str
) -> None:
    answer = await client.get("/health", headers=[(b"Request-Id", request_id.encode())])
    assert len(answer.headers["request-id"]) == 32


async def test_logs_a_line_without_values(client: httpx.AsyncClient) -> None:
    with structlog.testing.capture_logs() as lines:
        await client.post("/v1/notes?who=13812345678", json={"division": "500104", "text": "王小明"})
    [line] = [line for line in lines if line["event"] == "answered"]
    assert line["action"] == "post_note"
    assert line["route"] == "/v1/notes"
    assert line["status"] == 422
    assert line["duration_ms"] > 0
    assert "13812345678" not in repr(lines)
    assert "王小明" not in repr(lines)


async def test_openapi_is_complete(client: httpx.AsyncClient) -> None:
    for path in ("/openapi.json", "/schema"):
        answer = await client.get(path)
        document = orjson.loads(answer.content)
        assert document["openapi"].startswith("3.1")
        assert set(document["components"]["securitySchemes"]) == {"key", "bearer"}
        post = document["paths"]["/v1/notes"]["post"]
        assert {"400", "401", "403", "409", "413", "415", "422", "429", "503"} <= set(post["responses"])
        assert post["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/Note")
        assert "Idempotency-Key" in [parameter["name"] for parameter in post["parameters"]]
        assert document["paths"]["/health"]["get"]["security"] == []


def test_the_document_is_the_same_twice(database: Database, deeds: Deeds) -> None:
    app = build(database, deeds)
    assert orjson.dumps(openapi_document(app)) == orjson.dumps(openapi_document(app))


async def test_problems_explain_themselves(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/nothing")).json()
    explained = (await client.get(document["type"])).json()
    assert explained["title"] == {"en": document["title"], "zh": document["title_zh"]}
    is_problem(await client.get("/problems/unheard-of"), 404, "not-found")


def test_every_kind_of_error_is_explained() -> None:
    kinds = [kind for kind in vars(shared.errors).values() if isinstance(kind, type)]
    slugs = {kind.slug for kind in kinds if issubclass(kind, DutyclockError)}
    assert slugs <= set(catalogue())


def test_a_route_without_scopes_is_an_error_at_the_start(database: Database) -> None:
    @get("/v1/forgotten")
    async def forgotten() -> None: ...

    with pytest.raises(ValueError, match="/v1/forgotten"):
        create_app("testing", [forgotten], settings=a_settings(), database=database, clock=Clock())

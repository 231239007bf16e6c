"""A trace goes on through us: what came in with the call is what the outbox will carry on."""

import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE

import httpx
import pytest

from shared.traces import continue_trace, current_traceparent

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_without_an_exporter_the_trace_passes_through() -> None:
    assert current_traceparent() is None
    with continue_trace(TRACEPARENT, "handle"):
        assert current_traceparent() == TRACEPARENT
    assert current_traceparent() is None


@pytest.mark.parametrize("traceparent", ["", "junk", "00-0-0-0", TRACEPARENT.replace("00-", "ff-", 1)])
async def test_what_is_no_trace_is_dropped(client: httpx.AsyncClient, traceparent: str) -> None:
    answer = await client.get("/health", headers={"traceparent": traceparent})
    assert answer.status_code == 200
    assert "traceparent" not in answer.headers


WITH_AN_EXPORTER = f"""
import asyncio, httpx
from litestar import Litestar, get
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)

from prometheus_client import CollectorRegistry
from shared.front_door import FrontDoor
from shared.http_metrics import HttpMetrics

@get("/v1/notes/{{note:int}}")
async def note() -> None: ...

async def main():
    app = Litestar([note], openapi_config=None)
    app.asgi_handler = FrontDoor(app.asgi_handler, HttpMetrics("testing", CollectorRegistry()))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        answer = await client.get("/v1/notes/7?name=x", headers={{"traceparent": "{TRACEPARENT}"}})
        begun = await client.get("/v1/notes/8")
    first, second = spans.get_finished_spans()
    assert first.name == "GET /v1/notes/{{note}}", first.name
    assert first.kind is trace.SpanKind.SERVER
    assert first.attributes["http.response.status_code"] == 200
    assert f"{{first.parent.span_id:x}}" == "b7ad6b7169203331"
    assert answer.headers["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert second.parent is None
    assert begun.headers["traceparent"].split("-")[1] == f"{{second.context.trace_id:032x}}"
    assert "name=x" not in first.to_json() + second.to_json()

asyncio.run(main())
"""


async def test_with_an_exporter_each_call_is_a_span() -> None:
    """In a process of its own, because a tracer provider is set once for a process."""
    process = await create_subprocess_exec(sys.executable, "-c", WITH_AN_EXPORTER, stderr=PIPE, stdout=PIPE)
    _, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()

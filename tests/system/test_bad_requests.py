"""Bytes that are no HTTP, headers that say nothing, and one key for two bodies."""

import asyncio
import json
from uuid import uuid4

import httpx
import pytest

from shared.jetstream import SERVICES
from tests.builders import a_result
from tests.system.doors import doors_of, rows_of, trouble_with
from tests.system.standing import Standing

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("standing")]


async def _raw(client: httpx.AsyncClient, *parts: bytes) -> tuple[int, bytes, bytes]:
    """Send bytes as they are and return status, head and body of the first answer."""
    url = client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(20):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.partition(b":")[2])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            return int(head.split(b" ")[1]), head.lower(), await reader.readexactly(length)
    finally:
        writer.close()


async def test_what_is_no_http_is_answered_with_a_problem_document(standing: Standing) -> None:
    attacked, database_url = await standing.attacked("testing", kept_for="requests")
    client = attacked.platform.clients["testing"]
    before = await rows_of(database_url, "testing")
    body = json.dumps(a_result(attacked.now)).encode()
    line = b"POST /v1/results HTTP/1.1\r\n"
    key = client.headers["authorization"].encode()
    common = b"Host: x\r\nAuthorization: " + key + b"\r\nContent-Type: application/json\r\n"
    length = b"Content-Length: %d\r\n" % len(body)
    chunked = b"Transfer-Encoding: chunked\r\n"
    no_http = {
        "two lengths": line + common + length + b"Content-Length: 5\r\n\r\n" + body,
        "length and chunks": line + common + length + chunked + b"\r\n0\r\n\r\n",
        "a negative length": line + common + b"Content-Length: -1\r\n\r\n" + body,
        "an endless length": line + common + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n" + body,
        "an unknown coding": line + common + b"Transfer-Encoding: identity\r\n\r\n" + body,
        "a chunk without a size": line + common + chunked + b"\r\nZZ\r\n",
        "a chunk of an endless size": line + common + chunked + b"\r\n" + b"F" * 18 + b"\r\n",
        "U+0000 in a header": line + common + length + b"X: a\0b\r\n\r\n" + body,
        "bytes in the path": b"POST /v1/results\xff HTTP/1.1\r\n" + common + length + b"\r\n" + body,
        "an unknown method": b"FOO /v1/results HTTP/1.1\r\n" + common + length + b"\r\n" + body,
        "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "a handshake of TLS": b"\x16\x03\x01\x02\x00\x01\x00",
        "an endless path": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + common + b"\r\n",
    }
    for name, request in no_http.items():
        status, head, answer = await _raw(client, request)
        assert status == 400, (name, head)
        assert b"content-type: application/problem+json" in head, (name, head)
        assert json.loads(answer)["type"] == "/problems/malformed-input", name
    refused = {
        "a length far beyond the limit": (b"Content-Length: 999999999\r\n\r\n", 413),
        "a key that is no text": (length + b"Idempotency-Key: \xff\r\n\r\n" + body, 400),
        "an empty key": (length + b"Idempotency-Key: \r\n\r\n" + body, 400),
        "a key of 256 characters": (length + b"Idempotency-Key: " + b"k" * 256 + b"\r\n\r\n" + body, 400),
        "two credentials": (length + b"X-API-Key: x\r\n\r\n" + body, 401),
    }
    for name, (rest, wanted) in refused.items():
        status, head, answer = await _raw(client, line + common + rest)
        assert status == wanted, (name, head, answer)
        assert b"content-type: application/problem+json" in head, (name, head)
    assert await rows_of(database_url, "testing") == before
    taken = {
        "an expectation that is none": length + b"Expect: nonsense\r\n\r\n" + body,
        "a trace that is none": length + b"traceparent: 00-zz\r\ntracestate: \xff\r\n\r\n" + body,
        "a request id that is none": length + b"X-Request-ID: \xff \xfe\r\n\r\n" + body,
    }
    for name, rest in taken.items():
        status, head, answer = await _raw(client, line + common + rest)
        assert status in (200, 201), (name, head, answer)
    await attacked.platform.close()


async def test_streams_are_taken_up_only_at_ids_that_were_given_out(standing: Standing) -> None:
    attacked, _ = await standing.attacked(*SERVICES, rate=1.0)
    client = attacked.platform.clients["alerts"]
    for garbage in (b"x", b"-1", b"1e3", b"9" * 30, b"\xff", b"1 2", "٣".encode()):
        answer = await client.get("/v1/clocks/stream", headers={b"last-event-id": garbage})
        assert trouble_with(answer, 422, field="Last-Event-ID") is None, (garbage, answer.text)
    await attacked.platform.close()


@pytest.mark.parametrize("service", ["testing", "registration"])
async def test_a_key_stands_for_one_body(service: str, standing: Standing) -> None:
    attacked, _ = await standing.attacked(service, kept_for="keys")
    for door in [door for door in doors_of(service) if door.method == "POST"]:
        key, good = uuid4().hex, door.body(attacked.now)
        first = await attacked.send(door, good, **{"idempotency-key": key})
        again = await attacked.send(door, good, **{"idempotency-key": key})
        assert first.status_code in (200, 201), (door.path, first.text)
        assert (again.status_code, again.content) == (first.status_code, first.content), door.path
        assert again.headers["idempotency-replayed"] == "true", door.path
        for other in ({**good, "another": True}, b"{", b"\xff"):
            answer = await attacked.send(door, other, **{"idempotency-key": key})
            assert trouble_with(answer, 422) is None, (door.path, answer.text)
            assert answer.json()["type"] == "/problems/key-reused", door.path
    await attacked.platform.close()

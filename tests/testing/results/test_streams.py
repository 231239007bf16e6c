"""Results as a stream of lines: stored as they come, acknowledged, cut off, and sent again."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.contracts.testing import SamplePositive
from shared.line_streams import LONGEST_LINE_BYTES
from tests.builders import JIANSHENG, OUTSIDE, a_result
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.testing.results.test_results_over_http import events_once_there_are

pytestmark = pytest.mark.system
NDJSON = "application/x-ndjson"
Start = Callable[..., Awaitable[ServiceProcess]]


@pytest.fixture
async def laboratory(start_service: Start, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    service = await start_service("testing")
    key = await a_key(database_url, JIANSHENG, "results:write", "results:read")
    headers = {"x-api-key": key, "content-type": NDJSON}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=120) as client:
        yield client


class Sender:
    """A sender that reads answers while it sends, as curl does and most libraries do not."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, client: httpx.AsyncClient) -> "Sender":
        url = client.base_url
        sender = cls(*await asyncio.open_connection(url.host, url.port))
        sender.writer.write(
            b"POST /v1/results/stream HTTP/1.1\r\nHost: laboratory\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: application/x-ndjson\r\nX-API-Key: "
            + client.headers["x-api-key"].encode()
            + b"\r\n\r\n"
        )
        return sender

    async def send(self, rows: Sequence[Any]) -> None:
        await self.send_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows))

    async def send_bytes(self, data: bytes) -> None:
        self.writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        await self.writer.drain()

    async def head(self) -> bytes:
        return await self.reader.readuntil(b"\r\n\r\n")

    async def line(self) -> dict[str, Any]:
        """The next line of the answer; every piece of it is a chunk of whole lines here."""
        while True:
            line = await asyncio.wait_for(self.reader.readline(), 60)
            if line.startswith(b"{"):
                return json.loads(line)
            assert line, "the answer ended"

    def cut(self) -> None:
        self.writer.transport.abort()


async def test_each_line_is_on_record_when_it_is_acknowledged(
    laboratory: httpx.AsyncClient, nats_url: str
) -> None:
    now = datetime.now(UTC)
    sender = await Sender.connect(laboratory)
    first = a_result(now, result="negative")
    await sender.send([first])
    assert b" 200 " in (await sender.head()).split(b"\r\n")[0]
    assert await sender.line() == {"kind": "kept", "lines": 1, "stored": 1, "duplicate": 0, "refused": 0}
    await sender.send([a_result(now)])
    assert (await sender.line())["lines"] == 2
    events = await events_once_there_are(nats_url, 2)  # while the stream is still open
    assert isinstance(events[1], SamplePositive)
    await sender.send([first, a_result(now, division=OUTSIDE), {"tube_code": "T"}])
    answers = [await sender.line() for _ in range(3)]
    assert [answer["kind"] for answer in answers] == ["refused", "refused", "kept"]
    assert [answer["line"] for answer in answers[:2]] == [3, 4]
    assert answers[0]["problems"][0]["field"] == "division"
    assert answers[2] == {"kind": "kept", "lines": 5, "stored": 2, "duplicate": 1, "refused": 2}
    sender.writer.write(b"0\r\n\r\n")
    assert await sender.line() == {"kind": "end", "lines": 5}
    sender.cut()


async def test_what_was_cut_off_is_sent_again_and_stands_once(laboratory: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    rows = [a_result(now, result="negative") for _ in range(7)]
    sender = await Sender.connect(laboratory)
    await sender.send(rows[:5])
    await sender.head()
    kept = await sender.line()
    await sender.send_bytes(json.dumps(rows[5]).encode()[:40])  # the middle of a row, and nothing more
    sender.cut()
    body = "\n".join(json.dumps(row) for row in rows)
    answer = await laboratory.post("/v1/results/stream", content=body)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[-1] == {"kind": "end", "lines": 7}
    assert (lines[-2]["duplicate"], lines[-2]["stored"]) == (kept["lines"], 7 - kept["lines"])
    assert kept["lines"] == 5


async def test_a_sender_that_reads_nothing_until_it_has_sent_all_is_answered(
    laboratory: httpx.AsyncClient,
) -> None:
    """More answers than sockets and pipes hold; both would wait for each other for ever."""
    row = json.dumps({"tube_code": "x" * 200, "note": "n" * 200}).encode() + b"\n"
    count = 30_000

    async def body() -> AsyncIterator[bytes]:
        for _ in range(count // 1000):
            yield row * 1000

    answer = await laboratory.post("/v1/results/stream", content=body())
    lines = answer.text.splitlines()
    assert len(answer.content) > 8 * 1024 * 1024
    assert json.loads(lines[-1]) == {"kind": "end", "lines": count}
    assert json.loads(lines[-2])["refused"] == count


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", NDJSON, 422),
        (b"\n \n", NDJSON, 422),
        (b"{}", "application/json", 415),
        (b"x" * (LONGEST_LINE_BYTES + 1) * 2, NDJSON, 413),
    ],
)
async def test_what_is_no_stream_of_rows_is_refused(
    laboratory: httpx.AsyncClient, body: bytes, content_type: str, status: int
) -> None:
    answer = await laboratory.post("/v1/results/stream", content=body, headers={"content-type": content_type})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_line_without_end_ends_a_stream_with_a_problem(laboratory: httpx.AsyncClient) -> None:
    sender = await Sender.connect(laboratory)
    await sender.send([a_result(datetime.now(UTC), result="negative")])
    await sender.head()
    assert (await sender.line())["kind"] == "kept"
    await sender.send_bytes(b"x" * (LONGEST_LINE_BYTES + 1))
    problem = (await sender.line())["problem"]
    assert problem["status"] == 413
    assert problem["title_zh"]
    sender.cut()


async def test_a_key_without_the_scope_streams_nothing(
    laboratory: httpx.AsyncClient, database_url: str
) -> None:
    reader = await a_key(database_url, JIANSHENG, "results:read")
    answer = await laboratory.post("/v1/results/stream", content=b"{}", headers={"x-api-key": reader})
    assert answer.status_code == 403


async def test_a_service_that_ends_says_what_it_has_kept(start_service: Start, database_url: str) -> None:
    service = await start_service("testing")
    key = await a_key(database_url, JIANSHENG, "results:write")
    async with httpx.AsyncClient(base_url=service.url, headers={"x-api-key": key}) as client:
        sender = await Sender.connect(client)
        await sender.send([a_result(datetime.now(UTC), result="negative")])
        await sender.head()
        assert (await sender.line())["stored"] == 1
        stopping = asyncio.create_task(service.stop())
        answer = await sender.line()
        assert answer["problem"]["status"] == 503
        sender.cut()
        await stopping

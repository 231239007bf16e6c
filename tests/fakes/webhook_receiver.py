"""Another district's system on a real port: it checks signatures, and answers as each test tells it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

HANGS = 0


@dataclass(frozen=True, slots=True)
class Received:
    """A call as it came, its signature not looked at yet."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def event(self, secret: str) -> dict[str, Any]:
        """The event, as the specification's own library verifies it; raises when it was not signed so."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Takes `POST /<name>`; `answers` maps a name to the status codes of its calls, the last one stays."""

    calls: list[Received] = field(default_factory=list[Received])
    answers: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    port: int = 0

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def at(self, name: str) -> list[Received]:
        """What came to one name, in its order."""
        return [call for call in self.calls if call.path == f"/{name}"]

    def has(self, name: str, count: int) -> Callable[[], Any]:
        """A fact to wait for: so many calls came to a name."""

        async def enough() -> bool:
            return len(self.at(name)) >= count

        return enough

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
        path = head[0].split(" ")[1]
        self.calls.append(Received(path, headers, body))
        statuses = self.answers.get(path[1:], [204])
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        if status == HANGS:
            await asyncio.Event().wait()
        location = "location: http://127.0.0.1:1/elsewhere\r\n" if status in (301, 307) else ""
        rest = "content-length: 0\r\nconnection: close\r\n\r\n"
        writer.write(f"HTTP/1.1 {status} x\r\n{location}{rest}".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def running_receiver() -> AsyncGenerator[Receiver]:
    """A receiver for the length of a test."""
    receiver, tasks = Receiver(), set[asyncio.Task[None]]()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await receiver.serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

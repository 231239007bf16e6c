"""A text-message gateway on a real port: accepts, refuses, hangs, or hangs up, as each test tells it."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What becomes of a message: `status` is answered, None is no answer, `hang_up` closes."""

    status: int | None = 200
    hang_up: bool = False


ACCEPTS = Behaviour()
REFUSES = Behaviour(503)
HANGS = Behaviour(None)
HANGS_UP = Behaviour(None, hang_up=True)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it reached the gateway, whatever was answered."""

    path: str
    title: str
    body: str
    idempotency_key: str | None


class SmsGateway:
    """Messages come as `POST /<number>` with the JSON that Apprise's `json://` channels send."""

    def __init__(self) -> None:
        self.received: list[Message] = []
        self._behaviours: defaultdict[str, list[Behaviour]] = defaultdict(list)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        assert self._server is not None
        return self._server.sockets[0].getsockname()[1]

    def url(self, number: str, *, kind: str = "json", host: str = "127.0.0.1") -> str:
        """The channel under which a person is reached here."""
        return f"{kind}://{host}:{self.port}/{number}"

    def behave(self, number: str, *behaviours: Behaviour) -> None:
        """From now on treat messages to `number` so, one after the other; the last one stays."""
        self._behaviours[number] = list(behaviours)

    def to(self, number: str) -> list[Message]:
        """What arrived for one number."""
        return [message for message in self.received if message.path.strip("/") == number]

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1].partition("?")[0]
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        document: dict[str, Any] = json.loads(
            await reader.readexactly(int(headers.get("content-length", "0")))
        )
        self.received.append(
            Message(path, str(document["title"]), str(document["message"]), headers.get("idempotency-key"))
        )
        behaviour = self._next(path.strip("/"))
        if behaviour.hang_up:
            return
        if behaviour.status is None:
            await asyncio.Event().wait()
        writer.write(
            f"HTTP/1.1 {behaviour.status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
        )
        await writer.drain()

    def _next(self, number: str) -> Behaviour:
        behaviours = self._behaviours[number] or [ACCEPTS]
        return behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]


@asynccontextmanager
async def running_gateway() -> AsyncGenerator[SmsGateway]:
    """A gateway for the length of a test."""
    gateway = SmsGateway()
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()

"""A gateway that takes every message and notes when it came."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

_KEY = re.compile(rb"\r\nidempotency-key: ([^\r]+)\r\n", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Sink:
    """An HTTP server on a free port; `seen` has the wall time of each message by its idempotency key."""

    def __init__(self) -> None:
        self.port = 0
        self.seen: dict[str, float] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls) -> "AsyncGenerator[Sink, None]":
        """Listen until the block ends."""
        sink = cls()
        server = await asyncio.start_server(sink._serve, "127.0.0.1", 0, backlog=1024)
        sink.port = server.sockets[0].getsockname()[1]
        async with server:
            yield sink

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                await reader.readexactly(int(length[1]) if length else 0)
                if key := _KEY.search(head):
                    self.seen.setdefault(key[1].decode(), time.time())
                writer.write(_ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

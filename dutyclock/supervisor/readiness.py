"""Asking a service whether it is ready, without an HTTP library: the supervisor stays small."""

import asyncio
import json
from typing import NamedTuple

ANSWER_SECONDS = 5.0


class Readiness(NamedTuple):
    """What GET /ready said; status 0 when nobody answered."""

    status: int
    reason: str


async def ask_readiness(port: int) -> Readiness:
    """GET /ready on the loopback interface."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                answer = await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return Readiness(0, "no answer")
    head, _, body = answer.partition(b"\r\n\r\n")
    try:
        status = int(head.split(b" ", 2)[1])
    except (IndexError, ValueError):
        return Readiness(0, "no HTTP answer")
    return Readiness(status, _detail(body) if status != 200 else "")


def _detail(body: bytes) -> str:
    try:
        document = json.loads(body)
        problems = "; ".join(f"{one['field']}: {one['reason']}" for one in document.get("problems") or [])
        return problems or str(document.get("detail") or document)
    except (ValueError, KeyError, AttributeError, TypeError):
        return body.decode("utf-8", "replace")[:200]

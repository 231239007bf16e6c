"""JetStream's atomic batches (headers `Nats-Batch-*`): all of up to a thousand messages are kept, or none.

All but the last are written as bytes that were encoded beforehand, through the connection of nats-py but past
its `publish`, which checks and joins eleven headers anew for each message.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import nats.errors
import nats.js.errors

from shared.outbox import read_headers
from shared.postgres import Record

BATCH_SIZE = 1000
"""JetStream's own limit."""

ANSWER_SECONDS = 5.0
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows on their way, and all but the last of them as bytes ready to be written."""

    id: str
    rows: Sequence[Record]
    frames: bytes
    is_full: bool
    """Whether there may be more rows behind these."""

    @classmethod
    def of(cls, rows: Sequence[Record], *, is_full: bool) -> "Batch":
        """Encode rows under an id that is never used twice: a later try must not meet remains of this one."""
        batch_id = secrets.token_hex(8)
        return cls(batch_id, rows, _frames(rows, batch_id), is_full)

    def row_ids(self) -> list[int]:
        """Return the rows' ids, ascending."""
        return [row["id"] for row in self.rows]


NO_ROWS = Batch("", (), b"", is_full=False)


def _frames(rows: Sequence[Record], batch_id: str) -> bytes:
    """Return all rows but the last in NATS' own words; its client checks and joins every header anew."""
    end = f"Nats-Batch-Id: {batch_id}\r\nNats-Batch-Sequence: "
    parts: list[bytes] = []
    for sequence, row in enumerate(rows[:-1], start=1):
        head = f"NATS/1.0\r\n{row['headers']}{end}{sequence}\r\n\r\n".encode()
        body = row["body"]
        parts.append(f"HPUB {row['subject']} {len(head)} {len(head) + len(body)}\r\n".encode())
        parts += (head, body, b"\r\n")
    return b"".join(parts)


async def publish_batch(client: Any, batch: Batch) -> None:
    """Publish a batch of one stream: JetStream keeps all of it or nothing.

    Raises APIError when it is refused (a duplicate within the window is error 10201), TimeoutError when no
    answer came, ConnectionClosedError when the bus is away.
    """
    if not client.is_connected:
        raise nats.errors.ConnectionClosedError
    await client._send_command(batch.frames)
    closing = {
        "Nats-Batch-Id": batch.id,
        "Nats-Batch-Sequence": str(len(batch.rows)),
        "Nats-Batch-Commit": "1",
    }
    await publish_row(client, batch.rows[-1], closing)


async def publish_row(client: Any, row: Record, more_headers: Mapping[str, str] = NO_HEADERS) -> None:
    """Publish one row and wait for JetStream's answer; raises APIError when it is refused, TimeoutError."""
    headers = {**read_headers(row["headers"]), **more_headers}
    answer = await client.request(row["subject"], row["body"], headers=headers, timeout=ANSWER_SECONDS)
    document = json.loads(answer.data)
    if "error" in document:
        raise nats.js.errors.APIError.from_error(document["error"])

"""The outbox: events leave a transaction as rows and reach JetStream in order and in batches.

A row is deleted in the transaction that has seen JetStream's acknowledgement, so a crash at any point
sends it again; `Nats-Msg-Id` makes the repetition harmless. Batches are atomic (headers `Nats-Batch-*`):
one flush to disk for up to 500 events. Measured in the design: 48,000 messages/s against 4,600 one by one.
"""

import asyncio
import contextlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import nats.errors
import nats.js.errors
import orjson
import structlog
from nats.js import JetStreamContext
from nats.js.api import PubAck

from shared.contracts.envelope import Envelope, derived_id
from shared.errors import Unavailable
from shared.postgres import Connection, Database, Record
from shared.traces import current_traceparent

log = structlog.get_logger()

BATCH_SIZE = 500
ATOMIC_BATCH_HOLDS_DUPLICATE = 10201
LONGEST_SLEEP_SECONDS = 1.0

PUT = """
INSERT INTO outbox (event_id, subject, headers, body, created_at)
SELECT event_id, subject, headers::jsonb, body, $5
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) AS row (event_id, subject, headers, body)
"""

TAKE = """
DELETE FROM outbox WHERE id = ANY(ARRAY(SELECT id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED))
RETURNING id, event_id, subject, headers, body
"""


async def put(connection: Connection, envelopes: Sequence[Envelope], *, now: datetime) -> None:
    """Write events into the outbox of the schema, within the caller's transaction."""
    if not envelopes:
        return
    traceparent = current_traceparent()
    headers = [envelope.headers() for envelope in envelopes]
    if traceparent:
        for header in headers:
            header.setdefault("traceparent", traceparent)
    await connection.execute(
        PUT,
        [envelope.id for envelope in envelopes],
        [envelope.nats_subject() for envelope in envelopes],
        [orjson.dumps(header).decode() for header in headers],
        [envelope.data for envelope in envelopes],
        now,
    )


class Relay:
    """Moves a schema's outbox rows to JetStream; one relay of a schema works at a time, others stand by."""

    def __init__(self, database: Database, jetstream: JetStreamContext) -> None:
        self._database = database
        self._jetstream = jetstream
        self._wake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Say that rows were committed; without it they leave within a second."""
        self._wake.set()

    async def run(self) -> None:
        """Relay until `stop`; the database or the bus being away is waited out."""
        while not self._stopping:
            try:
                moved = await self.relay_batch()
            except (Unavailable, nats.errors.Error, TimeoutError) as error:
                log.warning("relay waits", action="relay-outbox", reason=type(error).__name__)
                await self._rest(LONGEST_SLEEP_SECONDS)
                continue
            except Exception:
                log.exception("relay failed", action="relay-outbox")
                await self._rest(LONGEST_SLEEP_SECONDS)
                continue
            if moved < BATCH_SIZE:
                await self._rest(LONGEST_SLEEP_SECONDS)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    async def relay_batch(self) -> int:
        """Move up to 500 rows and return how many; raises what the database or the bus raise."""
        async with self._database.transaction() as connection:
            locked = await connection.fetchval(
                "SELECT pg_try_advisory_xact_lock(hashtextextended('outbox-' || current_schema(), 0))"
            )
            if not locked:
                return 0
            rows = cast("list[Record]", await connection.fetch(TAKE, BATCH_SIZE))
            if rows:
                await self._publish(sorted(rows, key=lambda row: row["id"]))
            return len(rows)

    async def drain(self) -> None:
        """Move everything that is there, for an ordered shutdown."""
        while await self.relay_batch():
            pass

    async def stop(self) -> None:
        """End `run` after the batch that is under way."""
        self._stopping = True
        self._wake.set()

    async def _publish(self, rows: Sequence[Record]) -> None:
        if len(rows) == 1:
            await self._publish_each(rows)
            return
        try:
            await publish_atomic(self._jetstream, rows)
        except nats.js.errors.APIError as error:
            log.info("batch sent row by row", action="relay-outbox", reason=error.description)
            await self._publish_each(rows)

    async def _publish_each(self, rows: Sequence[Record]) -> None:
        for row in rows:
            await self._jetstream.publish(
                row["subject"], row["body"], headers=cast("dict[str, str]", row["headers"]), timeout=5
            )


async def publish_atomic(jetstream: JetStreamContext, rows: Sequence[Record]) -> None:
    """Publish rows of one stream as one atomic batch: JetStream keeps all of them or none.

    The batch's id follows from its first and last event. Raises APIError when the batch is refused (a
    duplicate within the window is error 10201), TimeoutError when no answer came.
    """
    client = cast("Any", jetstream)._nc
    batch_id = str(derived_id("batch", rows[0]["event_id"], rows[-1]["event_id"], len(rows)))
    for sequence, row in enumerate(rows[:-1], start=1):
        headers = {**row["headers"], "Nats-Batch-Id": batch_id, "Nats-Batch-Sequence": str(sequence)}
        if sequence == 1:  # the first tells whether the stream takes batches at all
            await _request(client, row["subject"], row["body"], headers)
        else:
            await client.publish(row["subject"], row["body"], headers=headers)
    last = rows[-1]
    headers = {
        **last["headers"],
        "Nats-Batch-Id": batch_id,
        "Nats-Batch-Sequence": str(len(rows)),
        "Nats-Batch-Commit": "1",
    }
    await _request(client, last["subject"], last["body"], headers)


async def _request(client: Any, subject: str, body: bytes, headers: dict[str, str]) -> None:
    answer = await client.request(subject, body, headers=headers, timeout=5)
    if not answer.data:
        return
    document = json.loads(answer.data)
    if "error" in document:
        raise nats.js.errors.APIError.from_error(document["error"])
    PubAck.from_response(document)

"""The relay: moves a schema's outbox to JetStream, in the order of its rows and in atomic batches.

A row is deleted once JetStream has acknowledged it, so a crash at any point sends it again; `Nats-Msg-Id`
makes the repetition harmless. A batch (headers `Nats-Batch-*`) costs one flush to disk for up to a thousand
events; while one is on its way the former is deleted and the next is read and encoded.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import nats.errors
import nats.js.errors
import structlog
from nats.js import JetStreamContext

from shared.atomic_batches import BATCH_SIZE, NO_ROWS, Batch, publish_batch, publish_row
from shared.bus_metrics import BusMetrics
from shared.errors import Unavailable
from shared.postgres import Connection, Database, Record

log = structlog.get_logger()

BATCH_BYTES = 4 * 1024 * 1024
"""A thousand events of a thousand negatives each would be 40 MB, here and in the memory of the bus."""

BATCHES_IN_A_TURN = 50
"""Then it reads from the beginning again, for rows whose transaction ended after those behind them."""

LONGEST_SLEEP_SECONDS = 1.0
FAILURE_REST_SECONDS = 0.5

LEAD = "SELECT pg_try_advisory_lock(hashtextextended('outbox-' || current_schema(), 0))"
RESIGN = "SELECT pg_advisory_unlock(hashtextextended('outbox-' || current_schema(), 0))"

READ = """
SELECT id, subject, headers, body
FROM (
    SELECT id, subject, headers, body,
        sum(octet_length(body)) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) - octet_length(body)
            AS bytes_before
    FROM (SELECT id, subject, headers, body FROM outbox WHERE id > $1 ORDER BY id LIMIT $2) AS following
) AS counted
WHERE bytes_before < $3
ORDER BY id
"""

# May return before it is on disk: a crash of PostgreSQL then brings back rows that JetStream knows already.
FORGET = """
DELETE FROM outbox USING (SELECT set_config('synchronous_commit', 'off', true)) AS quick WHERE id = ANY($1)
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn did: how many rows it moved, and whether it saw the end of the outbox."""

    moved: int
    saw_end: bool


class Relay:
    """Moves a schema's outbox rows to JetStream; one relay of a schema works at a time, others stand by."""

    def __init__(
        self,
        database: Database,
        jetstream: JetStreamContext,
        *,
        batch_size: int = BATCH_SIZE,
        batch_bytes: int = BATCH_BYTES,
        metrics: BusMetrics | None = None,
    ) -> None:
        """A batch ends with row `batch_size` (1,000 at most), or with the one that fills `batch_bytes`."""
        self._database = database
        self._batch_size = batch_size
        self._batch_bytes = batch_bytes
        self._metrics = metrics
        self._client = cast("Any", jetstream)._nc
        self._wake = asyncio.Event()
        self._ending = asyncio.Event()

    def wake(self) -> None:
        """Say that rows were committed; without it they leave within a second."""
        self._wake.set()

    async def run(self) -> None:
        """Relay until `stop`; the database or the bus being away is waited out."""
        while not self._ending.is_set():
            try:
                turn = await self.relay_turn()
            except (Unavailable, nats.errors.Error, TimeoutError) as error:
                self._count_failure()
                log.warning("relay waits", action="relay-outbox", reason=type(error).__name__)
                await self._recover()
                continue
            except Exception:
                self._count_failure()
                log.exception("relay failed", action="relay-outbox")
                await self._recover()
                continue
            if turn.saw_end:
                await self._rest(LONGEST_SLEEP_SECONDS)

    def _count_failure(self) -> None:
        if self._metrics is not None:
            self._metrics.relay_failures.inc()

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    async def _recover(self) -> None:
        """Rest after a failure; rows that are committed meanwhile do not cut it short."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAILURE_REST_SECONDS):
                await self._ending.wait()

    async def drain(self) -> None:
        """Move everything that is there, for an ordered shutdown."""
        while (await self.relay_turn()).moved:
            pass

    async def stop(self) -> None:
        """End `run` after the turn that is under way."""
        self._ending.set()
        self._wake.set()

    async def relay_turn(self) -> Turn:
        """Move what is there, 50 batches at most; nothing while another relay works.

        Raises what the database or the bus raise; what JetStream had acknowledged by then stays moved.
        """
        async with self._lead() as connection:
            if connection is None:
                return Turn(0, saw_end=True)
            moved = 0
            acknowledged: list[int] = []
            batch = await self._read(connection, after=0)
            for _ in range(BATCHES_IN_A_TURN):
                if not batch.rows:
                    break
                following = await self._step(connection, acknowledged, batch)
                acknowledged = batch.row_ids()
                moved += len(acknowledged)
                if self._metrics is not None:
                    self._metrics.relayed.inc(len(acknowledged))
                batch = following
            if acknowledged:
                await connection.execute(FORGET, acknowledged)
            return Turn(moved, saw_end=not batch.rows)

    @asynccontextmanager
    async def _lead(self) -> "AsyncGenerator[Connection | None, None]":
        """Lend a connection that holds the schema's lock, or None when another relay has it.

        The lock belongs to the session: a connection that cannot give it back is cut off.
        """
        async with self._database.connection() as connection:
            if not await connection.fetchval(LEAD):
                yield None
                return
            try:
                yield connection
            finally:
                try:
                    await connection.execute(RESIGN)
                except BaseException:
                    connection.terminate()
                    raise

    async def _step(self, connection: Connection, acknowledged: Sequence[int], batch: Batch) -> Batch:
        """Publish a batch; meanwhile delete the one before it and read the one behind it."""
        published, following = await asyncio.gather(
            self._publish(batch),
            self._forget_and_read(connection, acknowledged, batch),
            return_exceptions=True,
        )
        for outcome in (published, following):
            if isinstance(outcome, BaseException):
                raise outcome
        return cast("Batch", following)

    async def _publish(self, batch: Batch) -> None:
        if len(batch.rows) > 1:
            try:
                await publish_batch(self._client, batch)
                return
            except nats.js.errors.APIError as error:
                log.info("batch sent row by row", action="relay-outbox", reason=error.description)
        for row in batch.rows:
            await publish_row(self._client, row)

    async def _forget_and_read(
        self, connection: Connection, acknowledged: Sequence[int], batch: Batch
    ) -> Batch:
        if acknowledged:
            await connection.execute(FORGET, acknowledged)
        if not batch.is_full:
            return NO_ROWS
        return await self._read(connection, after=batch.rows[-1]["id"])

    async def _read(self, connection: Connection, *, after: int) -> Batch:
        rows = cast("list[Record]", await connection.fetch(READ, after, self._batch_size, self._batch_bytes))
        is_full = len(rows) == self._batch_size or sum(len(row["body"]) for row in rows) >= self._batch_bytes
        return Batch.of(rows, is_full=is_full)

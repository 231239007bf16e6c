"""The alerts service in this process, served on a port, on a real database and a real bus."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import nats

from services.alerts.app import build
from services.alerts.config import Settings
from shared.contracts import EVENTS, Event, envelop, open_envelope
from shared.foundation import Foundation
from tests.alerts.clocks.facts import NOON
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.clocks import MovableClock
from tests.http.application import serving
from tests.keys import a_key
from tests.servers import TEST_SECRETS
from tests.waiting import until

CHONGQING = "500000"
DISTRICT = "500104"
UNITS = (CHONGQING, DISTRICT, JIANSHENG, A_VILLAGE, ANOTHER_VILLAGE, OUTSIDE)
PARENTS = ("", CHONGQING, DISTRICT, JIANSHENG, JIANSHENG, CHONGQING)
LEVELS = ("municipality", "district", "township", "village", "village", "village")


@dataclass(frozen=True, slots=True)
class AlertsService:
    """The service, and the ways to it."""

    foundation: Foundation
    clock: MovableClock
    url: str
    nats_url: str
    database_url: str
    client: httpx.AsyncClient

    async def key(self, division: str, *scopes: str) -> dict[str, str]:
        """The headers of a new key."""
        return {"authorization": f"Bearer {await a_key(self.database_url, division, *scopes)}"}

    async def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        async with self.foundation.database.connection() as connection:
            return [dict(row) for row in await connection.fetch(statement, *values)]

    async def publish(self, events: Sequence[Event], *, copies: int = 1) -> None:
        """Put events on the bus, each of them `copies` times as messages of their own, as after a crash."""
        client = await nats.connect(self.nats_url)
        try:
            jetstream = client.jetstream()
            for copy in range(copies):
                for event in events:
                    envelope = envelop(event)
                    headers = {**envelope.headers(), "Nats-Msg-Id": f"{envelope.id}-{copy}"}
                    await jetstream.publish(envelope.nats_subject(), envelope.data, headers=headers)
        finally:
            await client.close()

    async def told(self) -> list[Event]:
        """The events that the service has published, once all of them have left."""
        await until(self._outbox_is_empty)
        client = await nats.connect(self.nats_url)
        try:
            jetstream = client.jetstream()
            count = (await jetstream.stream_info("ALERTS")).state.messages
            messages = [await jetstream.get_msg("ALERTS", sequence) for sequence in range(1, count + 1)]
            return [open_envelope(one.headers or {}, one.data or b"", EVENTS)[1] for one in messages]
        finally:
            await client.close()

    async def _outbox_is_empty(self) -> bool:
        return not await self.rows("SELECT id FROM outbox LIMIT 1")

    async def clocks(self, count: int, **filters: str) -> list[dict[str, Any]]:
        """The clocks that the list shows, once there are `count`."""

        async def listed() -> bool:
            answer = await self.client.get("/v1/clocks", params=filters)
            assert answer.status_code == 200, answer.text
            items[:] = answer.json()["items"]
            return len(items) == count

        items: list[dict[str, Any]] = []
        await until(listed, what=f"{count} clocks")
        return items


@asynccontextmanager
async def open_service(
    database_url: str, own_url: str, nats_url: str, folder: Path
) -> AsyncGenerator[AlertsService]:
    """Run the service with a register of a few units until the block ends."""
    register = folder / "divisions.csv"
    rows = [
        f"{code},{code},{level},{parent}" for code, level, parent in zip(UNITS, LEVELS, PARENTS, strict=True)
    ]
    register.write_text("\n".join(["code,name,level,parent", *rows]) + "\n", encoding="utf-8")
    settings = Settings.model_validate(
        {
            "database_url": own_url,
            "nats_url": nats_url,
            "divisions_file": register,
            "secret_key": TEST_SECRETS["DUTYCLOCK_SECRET_KEY"],
            "sealing_keys": TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"],
        }
    )
    clock = MovableClock(NOON)
    foundation = replace(await Foundation.open("alerts", settings), clock=clock)
    app = await build(foundation)
    headers = {"authorization": f"Bearer {await a_key(database_url, CHONGQING)}"}
    async with serving(app) as url, httpx.AsyncClient(base_url=url, headers=headers, timeout=10) as client:
        await until(lambda: _is_ready(client))
        yield AlertsService(foundation, clock, url, nats_url, database_url, client)
        foundation.ending.set()


async def _is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/ready")).status_code == 200


@dataclass(slots=True)
class Listener:
    """Reads a stream of server-sent events."""

    lines: AsyncIterator[str]

    async def next(self) -> tuple[int, str, dict[str, Any]]:
        """The next event: its id, its type and its CloudEvent."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(10):
            async for line in self.lines:
                if not line and "data" in fields:
                    return int(fields["id"]), fields["event"], json.loads(fields["data"])
                name, _, value = line.partition(": ")
                if name:
                    fields[name] = value
        raise AssertionError("the stream ended")


@asynccontextmanager
async def listening(
    service: AlertsService, headers: dict[str, str] | None = None, **params: str
) -> AsyncGenerator[Listener]:
    """Listen to the stream of clocks; by the time this is entered nothing can be missed any more."""
    async with service.client.stream(
        "GET", "/v1/clocks/stream", params=params, headers=headers or {}
    ) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield Listener(answer.aiter_lines())

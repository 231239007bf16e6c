"""HTTP door of the watchdog: alerts and heartbeats come in; what must be said goes out."""

import asyncio
import base64
import contextlib
import hmac
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from litestar import Litestar, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from pydantic import ValidationError

from dutyclock.watchdog.channels import Channels
from dutyclock.watchdog.heartbeats import Heartbeats
from dutyclock.watchdog.messages import Notification, of_heartbeat, of_notification

log = structlog.get_logger()

LOOK_SECONDS = 1.0
BODY_LIMIT_BYTES = 4 * 1024 * 1024
FAILURE_REST_SECONDS = 30.0
"""After this a message about a heartbeat that no channel took is tried again."""


@dataclass(frozen=True, slots=True)
class Patience:
    """When a heartbeat counts as lost, and how often that is said, in seconds."""

    silent_after: float = 300.0
    repeat_after: float = 3600.0
    look_every: float = LOOK_SECONDS


@dataclass(slots=True)
class Watchdog:
    """What the door and the watch work with."""

    channels: Channels
    heartbeats: Heartbeats
    patience: Patience = field(default_factory=Patience)

    async def watch(self) -> None:
        """Look at the heartbeats for ever and say what has changed; what nobody took is said again."""
        while True:
            rest = self.patience.look_every
            for heartbeat in self.heartbeats.all():
                now = time.monotonic()
                change = heartbeat.change(
                    now, silent_after=self.patience.silent_after, repeat_after=self.patience.repeat_after
                )
                if change is None:
                    continue
                log.warning("heartbeat", action="watch-heartbeats", heartbeat=heartbeat.name, change=change)
                message = of_heartbeat(heartbeat.name, change, heartbeat.silent_seconds(now))
                if await self.channels.send(message):
                    heartbeat.told(change, now)
                else:
                    rest = max(rest, FAILURE_REST_SECONDS)
            await asyncio.sleep(rest)


def build_door(watchdog: Watchdog, token: str) -> Litestar:
    """Return the watchdog's app; all but `/health` needs the token, as Bearer or as Basic password."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if not hmac.compare_digest(_credential(connection.headers.get("authorization", "")), token.encode()):
            raise NotAuthorizedException("The token is missing or wrong.")

    @post("/alerts", guards=[guard], status_code=200)
    async def take_alerts(request: Request[Any, Any, Any]) -> dict[str, int]:
        """Pass a notification of Alertmanager on; 503, so that it is sent again, when no channel took it."""
        try:
            notification = Notification.model_validate_json(await request.body())
        except ValidationError as error:
            detail = f"This is no notification of version 4: {error.error_count()} problems."
            raise HTTPException(status_code=422, detail=detail) from None
        if not await watchdog.channels.send(of_notification(notification)):
            raise HTTPException(status_code=503, detail="No channel took the message.")
        return {"passed_on": len(notification.alerts)}

    @post("/heartbeats/{name:str}", guards=[guard], status_code=204)
    async def take_heartbeat(name: FromPath[str]) -> None:
        """Note a heartbeat, whatever the body says; 404 for one that nobody waits for."""
        if not watchdog.heartbeats.beat(name, time.monotonic()):
            raise HTTPException(status_code=404, detail="Nobody waits for this heartbeat.")

    @get("/health", sync_to_thread=False)
    def health() -> Response[dict[str, str]]:
        """Say that the process is there."""
        return Response({"status": "ok"})

    @asynccontextmanager
    async def life(_: Litestar) -> AsyncGenerator[None, None]:
        task = asyncio.create_task(watchdog.watch())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    routes = [take_alerts, take_heartbeat, health]
    return Litestar(routes, lifespan=[life], openapi_config=None, request_max_body_size=BODY_LIMIT_BYTES)


def _credential(header: str) -> bytes:
    """Return the token of an Authorization header, or the password where it is Basic; empty when neither."""
    kind, _, value = header.partition(" ")
    if kind.lower() == "bearer":
        return value.strip().encode()
    if kind.lower() == "basic":
        with contextlib.suppress(ValueError):
            return base64.b64decode(value.strip(), validate=True).partition(b":")[2]
    return b""

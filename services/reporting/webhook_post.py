"""Clock door of webhooks: tells each webhook what is due, apart from all others.

Every webhook with something due has a task of its own, so that a receiver that hangs delays nobody else. The
times are real, also in a drill.
"""

import asyncio
from uuid import UUID

import structlog

from services.reporting.actions.claim_webhook_deliveries import (
    claim_webhook_deliveries,
    due_webhooks,
)
from services.reporting.actions.manage_webhooks import SEALED_AS
from services.reporting.actions.record_webhook_attempt import record_webhook_attempt
from services.reporting.gateways.webhook import Message, WebhookSender
from services.reporting.metrics import Metrics
from services.reporting.storage.webhooks import Claimed, Target
from shared.clock import Clock
from shared.errors import Unavailable
from shared.postgres import Database
from shared.sealing import Sealer, Unsealable

log = structlog.get_logger()

AT_ONCE = 50
"""How many webhooks one process tells at the same time."""


class WebhookPost:
    """Tells webhooks what is due; several processes share the work."""

    def __init__(
        self, database: Database, clock: Clock, sealer: Sealer, sender: WebhookSender, metrics: Metrics
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._sender = sender
        self._metrics = metrics
        self._telling: dict[UUID, asyncio.Task[None]] = {}
        self._closing = False

    async def turn(self) -> bool:
        """Start telling webhooks that have something due and are not being told already."""
        if self._closing:
            return False
        for webhook_id in await due_webhooks(self._database, now=self._clock.now(), most=AT_ONCE):
            if webhook_id not in self._telling and len(self._telling) < AT_ONCE:
                task = asyncio.create_task(self._tell(webhook_id))
                self._telling[webhook_id] = task
                task.add_done_callback(lambda _, id_=webhook_id: self._telling.pop(id_, None))
        return False

    async def close(self) -> None:
        """Let what is being sent come to its end and be recorded."""
        self._closing = True
        await asyncio.gather(*self._telling.values(), return_exceptions=True)
        await self._sender.close()

    async def _tell(self, webhook_id: UUID) -> None:
        try:
            target, claimed = await claim_webhook_deliveries(
                self._database, webhook_id, now=self._clock.now()
            )
            if target is not None:
                await asyncio.gather(*(self._attempt(webhook_id, target, one) for one in claimed))
        except Unavailable as error:
            log.warning("webhook waits", action="tell-webhook", reason=error.detail)
        except Exception:
            log.exception("webhook not told", action="tell-webhook", webhook=str(webhook_id))

    async def _attempt(self, webhook_id: UUID, target: Target, claimed: Claimed) -> None:
        try:
            secrets = [self._sealer.open(sealed, purpose=SEALED_AS) for sealed in target.secrets_sealed]
        except Unsealable:
            log.error("webhook secret cannot be opened", action="tell-webhook", webhook=str(webhook_id))
            return
        message = Message(str(claimed.id), target.url, claimed.body.decode(), secrets)
        answer = await self._sender.send(message, self._clock.now())
        await record_webhook_attempt(
            self._database,
            webhook_id,
            claimed,
            outcome=answer.outcome,
            status=answer.status,
            reason=answer.reason,
            now=self._clock.now(),
        )
        self._metrics.webhook_attempts.labels(answer.outcome).inc()

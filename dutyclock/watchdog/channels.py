"""Where the watchdog sends: the channels of its file, all at once; one that takes the message is enough."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import structlog

from dutyclock.watchdog.messages import Message
from services.alerts.gateways.channels import kind_of
from services.alerts.gateways.pager import Pager
from services.alerts.rules.delivery_retry import AttemptState

log = structlog.get_logger()


class Channels:
    """Sends to every channel, so that one gateway that is down silences nothing."""

    def __init__(self, addresses: Sequence[str], pager: Pager | None = None) -> None:
        """Raise UnusableChannel for an address that is none."""
        self._addresses = [(kind_of(address), address) for address in addresses]
        self._pager = pager or Pager()

    async def send(self, message: Message) -> bool:
        """Send to all and tell whether any took it; addresses are secrets and never logged."""
        key = str(uuid4())
        outcomes = await asyncio.gather(
            *(
                self._pager.send(address, message.title, message.body, idempotency_key=key)
                for _, address in self._addresses
            )
        )
        for (kind, _), outcome in zip(self._addresses, outcomes, strict=True):
            if outcome.state is not AttemptState.ACCEPTED:
                log.warning("not taken", action="tell", channel=kind, reason=outcome.reason)
        return any(outcome.state is AttemptState.ACCEPTED for outcome in outcomes)

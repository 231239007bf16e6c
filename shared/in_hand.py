"""Messages that a process has taken and not yet answered: the server is told that they are being worked on.

JetStream gives a message to somebody else when no answer has come for a while, which it cannot tell from a
process that was killed. Under more load than a process can carry that would feed on itself: every message
that waits its turn would come once more behind itself, and the more often, the slower all became.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NoReturn

import nats.errors
import structlog
from nats.aio.msg import Msg

log = structlog.get_logger()

ANSWERS_START = "$JS.ACK."
LONGEST_SECONDS = 600.0
"""A handler that is not done by then hangs; what it holds is left to whoever else may be there."""


class MessagesInHand:
    """The messages of one connection by the subject that their answer goes to; monotonic seconds."""

    def __init__(self) -> None:
        self._taken_at: dict[str, float] = {}
        self.told = 0
        """How often the server was told that a message is being worked on."""

    def __len__(self) -> int:
        return len(self._taken_at)

    def take(self, answer_to: str) -> None:
        """Note a message that came; one that wants no answer is passed over."""
        if answer_to.startswith(ANSWERS_START):
            self._taken_at[answer_to] = time.monotonic()

    def answer(self, subject: str, payload: bytes) -> None:
        """Note what was published: an answer ends the care for its message."""
        if payload != Msg.Ack.Progress:
            self._taken_at.pop(subject, None)

    async def keep(self, publish: Callable[[str, bytes], Awaitable[None]], every_seconds: float) -> NoReturn:
        """Tell the server, as often as that, of all that has been in hand for at least as long."""
        while True:
            await asyncio.sleep(every_seconds)
            now = time.monotonic()
            for answer_to, taken_at in list(self._taken_at.items()):
                if now - taken_at > LONGEST_SECONDS:
                    self._taken_at.pop(answer_to, None)
                    log.error("a message is never answered", action="keep-in-hand", subject=answer_to)
                elif now - taken_at >= every_seconds and answer_to in self._taken_at:
                    await self._tell(publish, answer_to)

    async def _tell(self, publish: Callable[[str, bytes], Awaitable[None]], answer_to: str) -> None:
        try:
            await publish(answer_to, Msg.Ack.Progress)
        except nats.errors.Error as error:  # the connection is being made anew; it is told the next time
            log.debug("message not kept", action="keep-in-hand", reason=type(error).__name__)
        else:
            self.told += 1

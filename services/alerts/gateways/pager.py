"""The outside world of pages: hands a message to a channel, in a thread of its own and for a limited time."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import structlog

from services.alerts.gateways.channels import LOG, SHORT_PREFIX, UnusableChannel, kind_of
from services.alerts.rules.delivery_retry import AttemptState, Outcome

PageLine = Callable[[Mapping[str, str]], None]


def _log_line(fields: Mapping[str, str]) -> None:
    structlog.get_logger("services.alerts.pager").info("page", action="page", **fields)


class Pager:
    """Hands messages to channels: `log:`, and what Apprise knows.

    A thread that hangs beyond the time limit is left behind; its sockets have the same limit, so it
    ends soon after. Nothing here throttles: statutory pages never wait for each other.
    """

    def __init__(self, *, timeout_seconds: float = 10.0, log_line: PageLine = _log_line) -> None:
        self.timeout_seconds = timeout_seconds
        self._log_line = log_line

    async def send(self, channel_url: str, title: str, body: str, *, idempotency_key: str) -> Outcome:
        """Send one message and say what became of it; never raises, except when cancelled.

        `idempotency_key` travels as a header to plain HTTP gateways (json, form, xml), so that a
        gateway that honours it drops a repetition.
        """
        try:
            kind = kind_of(channel_url)
        except UnusableChannel as error:
            return Outcome(AttemptState.REJECTED, str(error))
        if kind == LOG:
            self._log_line({"title": title, "body": body, "attempt": idempotency_key})
            return Outcome(AttemptState.ACCEPTED, "written to the log")
        return await self._send_in_thread(
            channel_url.removeprefix(SHORT_PREFIX), title, body, idempotency_key
        )

    async def _send_in_thread(self, url: str, title: str, body: str, idempotency_key: str) -> Outcome:
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[Outcome | None] = loop.create_future()
        sent: asyncio.Future[Outcome] = loop.create_future()

        def run() -> None:
            with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile
                plugin, refusal = _open(url)
                loop.call_soon_threadsafe(_settle, opened, refusal)
                if plugin is not None:
                    outcome = plugin.send(
                        title, body, idempotency_key=idempotency_key, timeout_seconds=self.timeout_seconds
                    )
                    loop.call_soon_threadsafe(_settle, sent, outcome)

        threading.Thread(target=run, name="pager", daemon=True).start()
        # Loading Apprise, which takes a second the first time, does not count against the time limit.
        if (refusal := await opened) is not None:
            return refusal
        try:
            return await asyncio.wait_for(sent, self.timeout_seconds)
        except TimeoutError:
            return Outcome(AttemptState.UNKNOWN, f"no answer within {self.timeout_seconds:g} s")


class _Opened(Protocol):
    def send(self, title: str, body: str, *, idempotency_key: str, timeout_seconds: float) -> Outcome: ...


def _open(url: str) -> tuple[_Opened | None, Outcome | None]:
    try:
        from services.alerts.gateways.apprise_channel import AppriseChannel

        return AppriseChannel(url), None
    except UnusableChannel as error:
        return None, Outcome(AttemptState.REJECTED, str(error))
    except Exception as error:
        return None, Outcome(AttemptState.REJECTED, f"not opened ({type(error).__name__})")


def _settle(future: asyncio.Future[Any], result: Outcome | None) -> None:
    if not future.done():
        future.set_result(result)

"""The outside world of pages: channels that Apprise knows, and `log:` for an installation without any."""

import asyncio
import contextvars
import logging
import re
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import requests
import structlog
from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, NotifyType, PersistentStoreMode
from urllib3 import exceptions as urllib3_exceptions

from services.alerts.rules.delivery_retry import AttemptState, Outcome

LOG_CHANNEL = "log"
SHORT_PREFIX = "sms+"
"""Put before a gateway's address when what it sends becomes a text message: `sms+json://gateway/send`."""
SHORT_LIMIT = 500
"""Characters that a text message may have: about seven of its parts in Chinese."""
_DESKTOP = frozenset(
    {"dbus", "glib", "gio", "gnome", "kde", "qt", "macosx", "windows", "syslog", "blink1", "growl"}
)
"""Kinds that would show a page on the server's own screen, where nobody on duty sits."""
_STATUS = re.compile(r"error\s*[=:]\s*(\d{3})\b")
_UNKNOWN_STATUSES = frozenset({408, 504})
"""The gateway itself does not know what became of the message."""

PageLine = Callable[[Mapping[str, str]], None]


class UnusableChannel(ValueError):
    """A channel that cannot be used; the message never repeats the address, which is a secret."""


class _Observed:
    """What Apprise said and met while one message was sent."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.status: int | None = None


_observed: contextvars.ContextVar[_Observed | None] = contextvars.ContextVar("observed", default=None)


class _Observer(logging.Handler):
    """Sees why Apprise failed: it answers with a bare False and logs inside its `except` blocks.

    The exception in flight says exactly whether anything can have reached the gateway, which Apprise's
    words do not ("A Connection error occurred" covers both), and keeps addresses out of sight.
    """

    def emit(self, record: logging.LogRecord) -> None:
        observed = _observed.get()
        if observed is None:
            return
        error = sys.exc_info()[1]
        if error is not None:
            observed.errors.append(error)
        if found := _STATUS.search(record.getMessage()):
            observed.status = int(found.group(1))


def channel_kind(url: str) -> str:
    """Return what may be shown of a channel: its kind, such as `log`, `wecombot` or `sms+json`.

    Raises UnusableChannel when Apprise has no such kind or cannot read the rest.
    """
    kind = _kind_of(url)
    if kind != LOG_CHANNEL:
        _plugin(url)
    return kind


def channel_gateway(url: str) -> str:
    """Return the gateway behind a channel: kind and host, in clear, so not to be stored as it is.

    Deliveries are bounded per gateway, so that one that hangs delays its own messages only.
    """
    kind = _kind_of(url)
    return kind if kind == LOG_CHANNEL else f"{kind} {getattr(_plugin(url), 'host', None) or ''}"


def body_limit(url: str) -> int | None:
    """Return how many characters a channel carries when that is few, as with text messages; else None."""
    if url.startswith(SHORT_PREFIX):
        return SHORT_LIMIT
    if _kind_of(url) == LOG_CHANNEL:
        return None
    limit = int(_plugin(url).body_maxlen)
    return min(limit, SHORT_LIMIT) if limit <= 2 * SHORT_LIMIT else None


def _kind_of(url: str) -> str:
    kind, separator, _ = url.partition(":")
    if not separator or not re.fullmatch(r"[a-z][a-z0-9+._-]{0,31}", kind):
        raise UnusableChannel("a channel begins with its kind and a colon, such as log: or wecombot://")
    if kind.removeprefix(SHORT_PREFIX) in _DESKTOP:
        raise UnusableChannel(f"{kind} would show the page on the server's own screen")
    return kind


def _plugin(url: str) -> NotifyBase:
    asset = AppriseAsset(
        app_id="Dutyclock",
        app_desc="Dutyclock",
        app_url="",
        secure_logging=True,
        storage_mode=PersistentStoreMode.MEMORY,
    )
    plugin = Apprise.instantiate(url.removeprefix(SHORT_PREFIX), asset=asset)
    if plugin is None:
        raise UnusableChannel("this kind of channel is not known, or its address is incomplete")
    return plugin


def _log_line(fields: Mapping[str, str]) -> None:
    structlog.get_logger("services.alerts.pager").info("page", action="page", **fields)


class Pager:
    """Hands messages to channels, each in a thread of its own and for a limited time.

    A thread that hangs beyond the time limit is left behind; its sockets have the same limit, so it
    ends soon after. Nothing here throttles: statutory pages never wait for each other.
    """

    def __init__(self, *, timeout_seconds: float = 10.0, log_line: PageLine = _log_line) -> None:
        self.timeout_seconds = timeout_seconds
        self._log_line = log_line
        self._observer = _Observer(logging.WARNING)
        logging.getLogger("apprise").addHandler(self._observer)

    def close(self) -> None:
        """Stop listening to Apprise's log."""
        logging.getLogger("apprise").removeHandler(self._observer)

    async def send(self, channel_url: str, title: str, body: str, *, idempotency_key: str) -> Outcome:
        """Send one message and say what became of it; never raises, except when cancelled.

        `idempotency_key` travels as a header to plain HTTP gateways (json, form, xml), so that a
        gateway that honours it drops a repetition.
        """
        try:
            if _kind_of(channel_url) == LOG_CHANNEL:
                self._log_line({"title": title, "body": body, "attempt": idempotency_key})
                return Outcome(AttemptState.ACCEPTED, "written to the log")
            plugin = _plugin(channel_url)
        except UnusableChannel as error:
            return Outcome(AttemptState.REJECTED, str(error))
        _limit(plugin, self.timeout_seconds, idempotency_key)
        return await self._send_in_thread(plugin, title, body)

    async def _send_in_thread(self, plugin: NotifyBase, title: str, body: str) -> Outcome:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Outcome] = loop.create_future()

        def deliver(outcome: Outcome) -> None:
            if not done.done():
                done.set_result(outcome)

        def run() -> None:
            outcome = _notify(plugin, title, body, self.timeout_seconds)
            if not loop.is_closed():
                loop.call_soon_threadsafe(deliver, outcome)

        threading.Thread(target=run, name="pager", daemon=True).start()
        try:
            return await asyncio.wait_for(done, self.timeout_seconds)
        except TimeoutError:
            return Outcome(AttemptState.UNKNOWN, f"no answer within {self.timeout_seconds:g} s")


def _limit(plugin: NotifyBase, timeout_seconds: float, idempotency_key: str) -> None:
    # Apprise's classes carry these as plain attributes; a longer limit from the address gives way.
    loose = cast("Any", plugin)
    loose.socket_connect_timeout = min(float(loose.socket_connect_timeout or 4.0), timeout_seconds)
    loose.socket_read_timeout = timeout_seconds
    headers = getattr(loose, "headers", None)
    if isinstance(headers, dict):
        headers["Idempotency-Key"] = idempotency_key


def _notify(plugin: NotifyBase, title: str, body: str, timeout_seconds: float) -> Outcome:
    observed = _Observed()
    _observed.set(observed)
    begun = time.monotonic()
    try:
        accepted = plugin.notify(
            body=body, title=title, notify_type=NotifyType.WARNING, body_format=NotifyFormat.TEXT
        )
    except Exception as error:  # a plugin may raise anything, and one recipient never silences another
        observed.errors.append(error)
        accepted = False
    if accepted:
        return Outcome(AttemptState.ACCEPTED)
    # What a plugin swallowed in silence after the whole time limit is a time-out too.
    return classify(observed.errors, observed.status, time.monotonic() - begun >= timeout_seconds)


def classify(errors: list[BaseException], status: int | None, used_up: bool) -> Outcome:
    """Tell apart what was certainly refused from what may have arrived."""
    if status is not None:
        state = AttemptState.UNKNOWN if status in _UNKNOWN_STATUSES else AttemptState.REJECTED
        return Outcome(state, f"HTTP {status}")
    if errors:
        newest = errors[-1]
        if _never_reached(newest):
            return Outcome(AttemptState.REJECTED, f"not reached ({_cause_name(newest)})")
        return Outcome(AttemptState.UNKNOWN, f"broken off ({_cause_name(newest)})")
    if used_up:
        return Outcome(AttemptState.UNKNOWN, "no answer")
    return Outcome(AttemptState.REJECTED, "refused by the channel")


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    queue: list[BaseException] = [error]
    while queue and len(found) < 10:
        current = queue.pop(0)
        found.append(current)
        nested = [*current.args, getattr(current, "reason", None), current.__cause__]
        queue.extend(item for item in nested if isinstance(item, BaseException) and item not in found)
    return found


_NEVER_REACHED: tuple[type[BaseException], ...] = (
    ConnectionRefusedError,
    socket.gaierror,
    requests.exceptions.ConnectTimeout,
    ssl.SSLCertVerificationError,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
    urllib3_exceptions.NewConnectionError,
    urllib3_exceptions.ConnectTimeoutError,
)


def _never_reached(error: BaseException) -> bool:
    return any(isinstance(cause, _NEVER_REACHED) for cause in _causes(error))


def _cause_name(error: BaseException) -> str:
    return type(_causes(error)[-1]).__name__

"""One message through Apprise, and what became of it: accepted, certainly refused, or unknown.

Loaded in the sending thread and only where there is another channel than the log, for it is large.
"""

import contextvars
import logging
import re
import socket
import ssl
import sys
import time
from typing import Any, cast

import requests
from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, PersistentStoreMode
from urllib3 import exceptions as urllib3_exceptions

from services.alerts.gateways.channels import UnusableChannel
from services.alerts.rules.delivery_retry import AttemptState, Outcome

_STATUS = re.compile(r"error\s*[=:]\s*(\d{3})\b")
_UNKNOWN_STATUSES = frozenset({408, 504})
"""The gateway itself does not know what became of the message."""
_NEVER_REACHED: tuple[type[BaseException], ...] = (
    ConnectionRefusedError,
    socket.gaierror,
    ssl.SSLCertVerificationError,
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
    urllib3_exceptions.NewConnectionError,
    urllib3_exceptions.ConnectTimeoutError,
)


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
        """Note the exception in flight and the HTTP status in the message, nothing else of it."""
        observed = _observed.get()
        if observed is None:
            return
        error = sys.exc_info()[1]
        if error is not None:
            observed.errors.append(error)
        if found := _STATUS.search(record.getMessage()):
            observed.status = int(found.group(1))


def _listen_and_silence() -> None:
    """Their loggers write addresses, which hold secrets: none of it reaches our log, whatever its level."""
    apprise = logging.getLogger("apprise")
    apprise.handlers = [_Observer()]
    apprise.setLevel(logging.WARNING)
    apprise.propagate = False
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    logging.getLogger("requests").setLevel(logging.CRITICAL)


_listen_and_silence()


class AppriseChannel:
    """A channel that Apprise has opened; opening it sends nothing yet."""

    def __init__(self, url: str) -> None:
        """Raise UnusableChannel when Apprise makes nothing of the address."""
        asset = AppriseAsset(
            app_id="Dutyclock",
            app_desc="Dutyclock",
            app_url="",
            secure_logging=True,
            storage_mode=PersistentStoreMode.MEMORY,
        )
        plugin = Apprise.instantiate(url, asset=asset)
        if plugin is None:
            raise UnusableChannel("this kind of channel is not known, or its address is incomplete")
        # Apprise's classes carry their settings as plain attributes.
        self._plugin = cast("Any", plugin)

    @property
    def host(self) -> str:
        """The gateway's host, empty for services that have but one."""
        return str(getattr(self._plugin, "host", None) or "")

    @property
    def text_limit(self) -> int:
        """How many characters a message may have."""
        return int(self._plugin.body_maxlen)

    def send(self, title: str, body: str, *, idempotency_key: str, timeout_seconds: float) -> Outcome:
        """Send one message, blocking, and say what became of it; never raises."""
        observed = _Observed()
        _observed.set(observed)
        begun = time.monotonic()
        try:
            self._limit(timeout_seconds, idempotency_key)
            accepted = self._plugin.notify(
                body=body, title=title, notify_type=NotifyType.WARNING, body_format=NotifyFormat.TEXT
            )
        except Exception as error:  # a plugin may raise anything, and one recipient never silences another
            observed.errors.append(error)
            accepted = False
        if accepted:
            return Outcome(AttemptState.ACCEPTED)
        # What a plugin swallowed in silence after the whole time limit is a time-out too.
        return _classify(observed, used_up=time.monotonic() - begun >= timeout_seconds)

    def _limit(self, timeout_seconds: float, idempotency_key: str) -> None:
        # A longer limit from the address gives way.
        plugin = self._plugin
        plugin.socket_connect_timeout = min(float(plugin.socket_connect_timeout or 4.0), timeout_seconds)
        plugin.socket_read_timeout = timeout_seconds
        headers = getattr(plugin, "headers", None)
        if isinstance(headers, dict):
            headers["Idempotency-Key"] = idempotency_key


def _classify(observed: _Observed, *, used_up: bool) -> Outcome:
    """Tell apart what was certainly refused from what may have arrived."""
    if observed.status is not None:
        unknown = observed.status in _UNKNOWN_STATUSES
        return Outcome(AttemptState.UNKNOWN if unknown else AttemptState.REJECTED, f"HTTP {observed.status}")
    if observed.errors:
        causes = _causes(observed.errors[-1])
        name = type(causes[-1]).__name__
        if any(isinstance(cause, _NEVER_REACHED) for cause in causes):
            return Outcome(AttemptState.REJECTED, f"not reached ({name})")
        return Outcome(AttemptState.UNKNOWN, f"broken off ({name})")
    if used_up:
        return Outcome(AttemptState.UNKNOWN, "no answer")
    return Outcome(AttemptState.REJECTED, "refused by the channel")


def _causes(error: BaseException) -> list[BaseException]:
    """Return an exception and what lies beneath it; requests and urllib3 wrap each other's several times."""
    found: list[BaseException] = []
    queue: list[BaseException] = [error]
    while queue and len(found) < 10:
        current = queue.pop(0)
        found.append(current)
        nested = [*current.args, getattr(current, "reason", None), current.__cause__]
        queue.extend(item for item in nested if isinstance(item, BaseException) and item not in found)
    return found

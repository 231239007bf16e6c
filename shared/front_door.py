"""The outermost layer of every app: request id, trace, security headers, one log line, one measurement."""

import re
import secrets
import time
from typing import cast

import structlog
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from opentelemetry import trace

from shared.http_metrics import HttpMetrics
from shared.traces import continue_trace, current_traceparent

log = structlog.get_logger()

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")

_SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
_UNLESS_SET = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)


class FrontDoor:
    """Wraps the whole app, so that what never reaches a route is numbered, logged and measured as well."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self._app = app
        self._metrics = metrics
        self._actions: dict[HTTPRouteHandler, str] = {}
        # asking OpenTelemetry costs as much as verifying a key; `configure_traces` has been called by now
        self._tracing = not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry out one request, within the caller's trace where it sent one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = _Call(cast("HTTPScope", scope), send)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=call.request_id)
        try:
            if call.traceparent is None and not self._tracing:
                await self._app(scope, receive, call.send)
            else:
                with continue_trace(call.traceparent, call.method, trace.SpanKind.SERVER):
                    call.traceparent = current_traceparent()
                    await self._app(scope, receive, call.send)
                    call.describe_span()
        finally:
            self._finish(call)

    def _finish(self, call: "_Call") -> None:
        seconds = time.perf_counter() - call.started
        route = call.route()
        self._metrics.observe(route, call.method, call.status, seconds)
        log.info(
            "answered",
            action=self._action(call.handler()),
            method=call.method,
            route=route,
            status=call.status,
            duration_ms=round(seconds * 1000, 2),
            principal=call.principal_id(),
        )

    def _action(self, handler: HTTPRouteHandler | None) -> str:
        """What was asked for, as the handler is called."""
        if handler is None:
            return "unmatched"
        action = self._actions.get(handler)
        if action is None:
            action = self._actions[handler] = str(handler.handler_name)
        return action


class _Call:
    """What is known of one request while it is under way."""

    __slots__ = ("_scope", "_send", "method", "request_id", "started", "status", "traceparent")

    def __init__(self, scope: HTTPScope, send: Send) -> None:
        self.started = time.perf_counter()
        self._scope = scope
        self._send = send
        self.method = scope["method"]
        self.status = 500
        self.traceparent: str | None = None
        self.request_id = ""
        for name, value in scope["headers"]:
            if name in (b"request-id", b"x-request-id") and _REQUEST_ID.fullmatch(value):
                self.request_id = value.decode()
            elif name == b"traceparent":
                self.traceparent = value.decode("latin-1")
        if not self.request_id:
            self.request_id = secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = self.request_id

    async def send(self, message: Message) -> None:
        """Send on, with our headers on the first message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._dress(list(message["headers"]))
        await self._send(message)

    def _dress(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        names = {name for name, _ in headers}
        headers.extend(_SECURITY_HEADERS)
        headers.extend(header for header in _UNLESS_SET if header[0] not in names)
        headers.append((b"request-id", self.request_id.encode()))
        if self.traceparent is not None:
            headers.append((b"traceparent", self.traceparent.encode("latin-1")))
        return headers

    def handler(self) -> HTTPRouteHandler | None:
        """Return who answers, None when no route was found."""
        return cast("HTTPRouteHandler | None", self._scope.get("route_handler"))

    def route(self) -> str:
        """Return the route's template, never the path itself: ids and names stay out of logs and metrics."""
        return str(self._scope.get("path_template") or "unmatched")

    def principal_id(self) -> str | None:
        """Return who asked, once that is known."""
        user = self._scope.get("user")
        return getattr(user, "id", None)

    def describe_span(self) -> None:
        """Name the span for the route and note how it went."""
        span = trace.get_current_span()
        span.update_name(f"{self.method} {self.route()}")
        span.set_attributes(
            {
                "http.request.method": self.method,
                "http.route": self.route(),
                "http.response.status_code": self.status,
                "dutyclock.request_id": self.request_id,
            }
        )

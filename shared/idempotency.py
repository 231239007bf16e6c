"""`Idempotency-Key`: a POST that is repeated under the same key is carried out once and answered alike.

The key is claimed in a transaction of its own before the handler runs, and the answer stored in another
before it is sent. A process that dies in between leaves a claim whose lease runs out; the next attempt with
the same body then carries the order out again, which the natural keys of all our writes make harmless.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import structlog
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from shared.access import Principal
from shared.bodies import STREAMED, WireRequest
from shared.clock import Clock
from shared.errors import DutyclockError, FieldProblem, InProgress, InvalidInput, MalformedInput, Unavailable
from shared.postgres import Connection, Database, Record

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
"""How long an attempt is believed to be under way; above every timeout of a handler."""

KEPT = timedelta(hours=24)
"""How long a key is remembered."""

_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = frozenset({b"content-type", b"location", b"link", b"etag"})
_NOT_STORED = frozenset({401, 403, 404, 408, 409, 413, 429})
"""Refusals that changed nothing and that time may mend: the same call may fare better later.

So a case whose positive result is still on its way here (404), or a step before its turn (409).
"""

# These two commits do not wait for the disk. A claim reaches it no later than the deed that follows it, since
# the log is written in order; a crash of PostgreSQL can lose a stored answer of the last half second, and the
# deed is then repeated after the lease, harmlessly. The setting lasts for this one statement.
_CLAIM = """
INSERT INTO idempotency AS held (principal, key, route, request_hash, attempt, claimed_at, lease_ends_at)
SELECT $1, $2, $3, $4, $5, $6, $7 FROM (SELECT set_config('synchronous_commit', 'off', true)) AS quick
ON CONFLICT (principal, key) DO UPDATE
SET route = excluded.route, request_hash = excluded.request_hash, attempt = excluded.attempt,
    claimed_at = excluded.claimed_at, lease_ends_at = excluded.lease_ends_at,
    completed_at = NULL, status = NULL, headers = NULL, body = NULL
WHERE held.claimed_at <= $8 OR
    (held.completed_at IS NULL AND held.lease_ends_at <= $6 AND held.request_hash = $4)
RETURNING true
"""
_STORE = """
UPDATE idempotency SET completed_at = $4, status = $5, headers = $6, body = $7
FROM (SELECT set_config('synchronous_commit', 'off', true)) AS quick
WHERE principal = $1 AND key = $2 AND attempt = $3
"""
_HELD = """
SELECT request_hash, completed_at, status, headers, body FROM idempotency WHERE principal = $1 AND key = $2
"""
_RELEASE = "DELETE FROM idempotency WHERE principal = $1 AND key = $2 AND attempt = $3"
_PURGE = """
DELETE FROM idempotency
WHERE (principal, key) IN (SELECT principal, key FROM idempotency WHERE claimed_at <= $1 LIMIT $2)
"""


class KeyReused(InvalidInput):
    """The same key came with another request."""

    slug = "key-reused"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it was given the first time."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to carry out what a principal ordered under a key."""

    principal: str
    key: str
    route: str
    request_hash: bytes
    id: UUID


class Idempotency:
    """ASGI middleware behind `Admission`: honours `Idempotency-Key` on every POST that carries one.

    Successes and refusals are stored, 5xx never. Keys belong to their principal, so an open route
    ignores the header. Times are real time, also while a drill runs fast: leases guard real processes.
    """

    def __init__(self, app: ASGIApp, database: Database, clock: Clock | None = None) -> None:
        self._app = app
        self._database = database
        self._clock = clock or Clock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry out, replay, or refuse; raises KeyReused, InProgress, MalformedInput, Unavailable."""
        if (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and not _is_streamed(cast("HTTPScope", scope))
        ):
            key = _find_key(cast("HTTPScope", scope))
            principal = cast("Principal | None", scope.get("user"))
            if key is not None and principal is not None:
                await self._once(cast("HTTPScope", scope), receive, send, principal.id, key)
                return
        await self._app(scope, receive, send)

    async def _once(self, scope: HTTPScope, receive: Receive, send: Send, principal: str, key: str) -> None:
        # Litestar keeps the body with the connection, so the handler reads the same bytes again.
        body = await WireRequest(scope, receive, send).body()
        attempt = Attempt(
            principal, key, str(scope.get("path_template")), _request_hash(scope, body), uuid4()
        )
        stored = await self._claim(attempt)
        if stored is not None:
            await _replay(stored, send)
            return
        answer = _Answer()
        try:
            await self._app(scope, receive, answer.take)
        except BaseException:
            await self._release(attempt)
            raise
        if answer.status >= 500 or answer.status in _NOT_STORED:
            await self._release(attempt)
        else:
            await self._store(attempt, answer)
        for message in answer.messages:
            await send(message)

    async def _claim(self, attempt: Attempt) -> StoredAnswer | None:
        """None: this attempt is the one that carries it out; otherwise the answer given before."""
        for _ in range(3):  # a row that vanishes between two looks was released: try again
            now = self._clock.now()
            async with self._database.connection() as connection:
                if await _take(connection, attempt, now):
                    return None
                held = await connection.fetchrow(_HELD, attempt.principal, attempt.key)
            if held is not None:
                return _answer_of(cast("Record", held), attempt)
        raise InProgress("A call with this Idempotency-Key is being carried out.")

    async def _store(self, attempt: Attempt, answer: "_Answer") -> None:
        headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.kept_headers()]
        try:
            async with self._database.connection() as connection:
                await connection.execute(
                    _STORE,
                    attempt.principal,
                    attempt.key,
                    attempt.id,
                    self._clock.now(),
                    answer.status,
                    headers,
                    answer.body(),
                )
        except DutyclockError as error:
            # The deed is done and its answer is true; without the row a repetition does it again, harmlessly.
            log.warning("answer not stored", action="store_idempotent_answer", reason=error.detail)

    async def _release(self, attempt: Attempt) -> None:
        try:
            async with self._database.connection() as connection:
                await connection.execute(_RELEASE, attempt.principal, attempt.key, attempt.id)
        except Unavailable as error:
            log.warning("claim not released", action="release_idempotency_key", reason=error.detail)


class _Answer:
    """Collects what the handler sends, until it is complete."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status = 500

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.messages.append(message)

    def body(self) -> bytes:
        return b"".join(
            message["body"] for message in self.messages if message["type"] == "http.response.body"
        )

    def kept_headers(self) -> list[tuple[bytes, bytes]]:
        return [
            (name, value)
            for message in self.messages
            if message["type"] == "http.response.start"
            for name, value in message["headers"]
            if name in _KEPT_HEADERS
        ]


def _is_streamed(scope: HTTPScope) -> bool:
    """Tell whether a body is read as it comes; its rows are safe to repeat by their natural keys."""
    return STREAMED in cast("HTTPRouteHandler", scope["route_handler"]).opt


def _find_key(scope: HTTPScope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"idempotency-key":
            if not _KEY.fullmatch(value):
                problem = FieldProblem("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
                raise MalformedInput("The Idempotency-Key cannot be read.", problems=[problem])
            return value.decode("ascii")
    return None


def _request_hash(scope: HTTPScope, body: bytes) -> bytes:
    """The key stands for this path, query and body; headers such as traceparent may differ."""
    parts = (scope["raw_path"], scope["query_string"], body)
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hashlib.sha256(framed).digest()


async def _take(connection: Connection, attempt: Attempt, now: datetime) -> bool:
    claimed = await connection.fetchval(
        _CLAIM,
        attempt.principal,
        attempt.key,
        attempt.route,
        attempt.request_hash,
        attempt.id,
        now,
        now + LEASE,
        now - KEPT,
    )
    return bool(claimed)


def _answer_of(held: Record, attempt: Attempt) -> StoredAnswer:
    if held["request_hash"] != attempt.request_hash:
        raise KeyReused("This Idempotency-Key was used for another request.")
    if held["completed_at"] is None:
        raise InProgress("A call with this Idempotency-Key is being carried out.")
    pairs = cast("list[list[str]]", held["headers"])
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    return StoredAnswer(held["status"], headers, held["body"])


async def _replay(answer: StoredAnswer, send: Send) -> None:
    headers = [*answer.headers, (b"content-length", str(len(answer.body)).encode())]
    headers.append((b"idempotency-replayed", b"true"))
    start: Any = {"type": "http.response.start", "status": answer.status, "headers": headers}
    body: Any = {"type": "http.response.body", "body": answer.body, "more_body": False}
    await send(start)
    await send(body)


async def purge_idempotency(connection: Connection, *, now: datetime, at_most: int = 10_000) -> int:
    """Forget keys claimed more than a day before `now` (real time) and return how many."""
    status = await connection.execute(_PURGE, now - KEPT, at_most)
    return int(status.rpartition(" ")[2])

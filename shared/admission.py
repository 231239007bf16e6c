"""Who is let in: every route needs a principal unless it says that it is open, and nobody may flood us."""

from collections import Counter
from collections.abc import Iterable
from typing import cast
from urllib.parse import parse_qsl

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from shared.access import Access, Principal, scopes_of
from shared.access import Scope as AccessScope
from shared.errors import FieldProblem, InvalidInput, MalformedInput, Unauthenticated
from shared.rate_limits import RateLimit

OPEN = "open"
"""The `opt` of a handler that answers without a key: health, documents, one-tap links."""

UNMETERED = "unmetered"
"""The `opt` of a handler that is never refused for too many calls: what the platform itself asks."""


PARAMETERS = "parameters"
"""The `opt` that holds the names of a handler's query parameters; `create_app` fills it."""


METHODS = "methods"
"""The `opt` that holds what an OPTIONS handler tells; `create_app` fills it.

Litestar's own answer lists only the methods of the handler that was registered first.
"""


class Admission:
    """ASGI middleware: counts the call against its caller's rate, sets `scope["user"]`, asks for the scopes.

    A credential that was seen moments ago costs one hash and one look-up. Calls without a credential, or
    with one that has yet to be verified, count against the address that they come from, so that nobody
    can try keys at leisure or make us ask the database for each of them.
    """

    def __init__(self, app: ASGIApp, access: Access, known: RateLimit, unknown: RateLimit) -> None:
        self._app = app
        self._access = access
        self._known = known
        self._unknown = unknown
        self._scopes: dict[HTTPRouteHandler, frozenset[AccessScope]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the call through; raises Unauthenticated, Forbidden, RateLimited or Unavailable."""
        if scope["type"] == "http":
            handler = cast("HTTPRouteHandler", scope["route_handler"])
            if UNMETERED not in handler.opt:
                scope["user"] = await self._admit(cast("HTTPScope", scope), handler)
            if METHODS in handler.opt:
                await _tell_methods(handler, send)
                return
        await self._app(scope, receive, send)

    async def _admit(self, scope: HTTPScope, handler: HTTPRouteHandler) -> Principal | None:
        if OPEN in handler.opt or scope["method"] == "OPTIONS":
            self._unknown.take(_address(scope))
            _refuse_unknown_parameters(scope, handler)
            return None
        credential = find_credential(scope["headers"])
        principal = self._access.recall(credential) if credential else None
        if principal is None:
            self._unknown.take(_address(scope))
            if credential is None:
                raise Unauthenticated("Send a key or a token: Authorization: Bearer …, or X-API-Key.")
            principal = await self._access.verify(credential)
        self._known.take(principal.id)
        _refuse_unknown_parameters(scope, handler)
        needed = self._scopes.get(handler)
        if needed is None:
            needed = self._scopes[handler] = scopes_of(handler)
        principal.must(*needed)
        return principal


async def _tell_methods(handler: HTTPRouteHandler, send: Send) -> None:
    allow = ", ".join(sorted(handler.opt[METHODS]))
    await send({"type": "http.response.start", "status": 204, "headers": [(b"allow", allow.encode("ascii"))]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _refuse_unknown_parameters(scope: HTTPScope, handler: HTTPRouteHandler) -> None:
    """A filter that is misspelt must not be ignored: it would show everything instead of a part.

    Nor may one of two values of the same filter, whichever it is.
    U+0000 is refused here for paths and queries at once: no text of ours holds it, and PostgreSQL cannot.
    """
    query = scope["query_string"]
    if b"%00" in scope["raw_path"] or b"%00" in query:
        raise MalformedInput("Paths and parameters may not hold the character U+0000.")
    known = handler.opt.get(PARAMETERS)
    if not query or known is None:
        return
    names = Counter(name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    problems = [FieldProblem(name, "is not a known parameter") for name in sorted(names.keys() - known)]
    if problems:
        raise InvalidInput("A parameter is not known here.", problems=problems)
    problems = [FieldProblem(name, "is given more than once") for name, count in names.items() if count > 1]
    if problems:
        raise InvalidInput("A parameter is given more than once.", problems=problems)


def _address(scope: HTTPScope) -> str:
    client = scope["client"]
    return client[0] if client else ""


def find_credential(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """Return the key or token among the headers; raises Unauthenticated when there are two of them."""
    found: bytes | None = None
    for name, value in headers:
        if name == b"x-api-key":
            credential = value.strip()
        elif name == b"authorization":
            scheme, _, credential = value.partition(b" ")
            if scheme.lower() != b"bearer":
                raise Unauthenticated("The Authorization header must be of the kind Bearer.")
            credential = credential.strip()
        else:
            continue
        if found is not None:
            raise Unauthenticated("Send one key or one token, not several.")
        found = credential
    return found

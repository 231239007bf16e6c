"""Who calls, what they may do, and how far down the tree of divisions they see."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from shared.divisions import DivisionRegister, contains, subtree_bounds
from shared.errors import Forbidden, NotFound, Unauthenticated


class Scope(StrEnum):
    """What a key or token may be allowed to do."""

    RESULTS_WRITE = "results:write"
    RESULTS_READ = "results:read"
    TUBES_WRITE = "tubes:write"
    TUBES_READ = "tubes:read"
    SAMPLING_POINTS_WRITE = "sampling-points:write"
    SAMPLING_POINTS_READ = "sampling-points:read"
    DUE_WRITE = "due:write"
    DUE_READ = "due:read"
    LABORATORIES_WRITE = "laboratories:write"
    LABORATORIES_SUSPEND = "laboratories:suspend"
    LABORATORIES_READ = "laboratories:read"
    SEQUENCING_WRITE = "sequencing:write"
    SEQUENCING_READ = "sequencing:read"
    PEOPLE_WRITE = "people:write"
    PEOPLE_READ = "people:read"
    RETURNS_WRITE = "returns:write"
    RETURNS_READ = "returns:read"
    SYMPTOMS_WRITE = "symptoms:write"
    SYMPTOMS_READ = "symptoms:read"
    TRANSFERS_WRITE = "transfers:write"
    TRANSFERS_READ = "transfers:read"
    RISK_AREAS_WRITE = "risk-areas:write"
    RISK_AREAS_READ = "risk-areas:read"
    PLANS_WRITE = "plans:write"
    PLANS_READ = "plans:read"
    RECOVERIES_WRITE = "recoveries:write"
    GRID_WRITE = "grid:write"
    GRID_READ = "grid:read"
    HEALTH_WRITE = "health:write"
    HEALTH_READ = "health:read"
    DRUGS_WRITE = "drugs:write"
    DRUGS_READ = "drugs:read"
    SITES_WRITE = "sites:write"
    SITES_READ = "sites:read"
    PLACES_WRITE = "places:write"
    PLACES_READ = "places:read"
    GOODS_WRITE = "goods:write"
    GOODS_READ = "goods:read"
    GATHERINGS_WRITE = "gatherings:write"
    GATHERINGS_READ = "gatherings:read"
    GATHERINGS_APPROVE = "gatherings:approve"
    MOVEMENT_WRITE = "movement:write"
    MOVEMENT_READ = "movement:read"
    NOTICES_WRITE = "notices:write"
    NOTICES_READ = "notices:read"
    CAMPAIGNS_WRITE = "campaigns:write"
    CAMPAIGNS_READ = "campaigns:read"
    RESIDENTS_WRITE = "residents:write"
    RESIDENTS_READ = "residents:read"
    WEBHOOKS_WRITE = "webhooks:write"
    WEBHOOKS_READ = "webhooks:read"
    CASES_WRITE = "cases:write"
    CASES_READ = "cases:read"
    DAILY_REPORTS_WRITE = "daily-reports:write"
    DAILY_REPORTS_READ = "daily-reports:read"
    CLOCKS_READ = "clocks:read"
    CLOCKS_VOID = "clocks:void"
    DUTY_WRITE = "duty:write"
    DUTY_READ = "duty:read"
    SYSTEM_ALERTS_WRITE = "system-alerts:write"
    PAGES_READ = "pages:read"
    PAGES_ACKNOWLEDGE = "pages:acknowledge"
    EVENTS_READ = "events:read"
    PII_READ = "pii:read"
    ADMIN = "admin"


NOT_IMPLIED_BY_ADMIN = frozenset({Scope.PII_READ})
"""What must be granted by name, because each use of it is audited."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller that has proved who it is; it sees its own division's subtree and nothing else."""

    id: str
    name: str
    division: str
    scopes: frozenset[Scope]
    kind: Literal["key", "token"]

    def may(self, scope: Scope) -> bool:
        """Tell whether the scope is held; `admin` implies all others but those that are granted by name."""
        return scope in self.scopes or (Scope.ADMIN in self.scopes and scope not in NOT_IMPLIED_BY_ADMIN)

    def must(self, *scopes: Scope) -> None:
        """Raise Forbidden unless all scopes are held."""
        for scope in scopes:
            if not self.may(scope):
                raise Forbidden(f"This needs the scope {scope}.")

    def reaches(self, division: str) -> bool:
        """Tell whether the division is the caller's own or lies below it."""
        return contains(self.division, division)

    def must_reach(self, division: str) -> None:
        """Raise Forbidden for a division outside the subtree: for orders, which name their division."""
        if not self.reaches(division):
            raise Forbidden(f"The division {division} lies outside {self.division}.")

    def must_find(self, division: str, what: str = "This") -> None:
        """Raise NotFound for a thing outside the subtree, as if it did not exist."""
        if not self.reaches(division):
            raise NotFound(f"{what} does not exist.")

    def bounds(self, division: str | None = None) -> tuple[str, str]:
        """Return the SQL bounds of what a list may show, narrowed to `division` when one is asked for.

        A division above the caller's own shows the caller's own; raises Forbidden for one beside it.
        """
        if division is None or contains(division, self.division):
            return subtree_bounds(self.division)
        self.must_reach(division)
        return subtree_bounds(division)

    def bounds_in(self, register: DivisionRegister, division: str | None) -> tuple[str, str]:
        """Do the same for what a caller asks for; raises UnknownDivision for what the register lacks."""
        return self.bounds(None if division is None else register.get(division).code)


class ScopeGuard:
    """A Litestar guard that lets pass who holds all of `scopes`.

    In our apps `Admission` asks for the scopes before the route is entered and takes the guard off the
    handler: Litestar copies the whole handler for each call of a guard. Elsewhere it works as any guard.
    """

    def __init__(self, scopes: frozenset[Scope]) -> None:
        self.scopes = scopes

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Raise Forbidden unless the caller holds the scopes."""
        principal: Principal = connection.user
        principal.must(*self.scopes)


def requires(*scopes: Scope | str) -> ScopeGuard:
    """Return the guard of a handler: `guards=[requires("results:write")]`; raises ValueError if unknown."""
    return ScopeGuard(frozenset(Scope(scope) for scope in scopes))


def scopes_of(handler: BaseRouteHandler) -> frozenset[Scope]:
    """Return the scopes that a handler's guards demand, for the access matrix and for OpenAPI."""
    guards = [guard for layer in handler.ownership_layers for guard in layer.guards or []]
    return frozenset(scope for guard in guards if isinstance(guard, ScopeGuard) for scope in guard.scopes)


def take_over_guards(handler: BaseRouteHandler) -> None:
    """Take the scope guards off a handler; whoever does so must ask for `scopes_of` the handler itself."""
    resolved = handler.resolve_guards()
    resolved[:] = [guard for guard in resolved if not isinstance(guard, ScopeGuard)]


Verifier: TypeAlias = Callable[[str], Awaitable[Principal]]
"""Turns the text of a credential into its principal; raises Unauthenticated."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    outcome: Principal | Unauthenticated
    until: float


class Access:
    """Verifies keys and tokens and remembers the outcome for a few seconds.

    So a revoked key works on for at most `cache_seconds` (five by default) in each process: the price
    of not asking the database at every call. The cache knows credentials by their SHA-256 only.
    """

    def __init__(self, *, keys: Verifier, tokens: Verifier | None = None, cache_seconds: float = 5.0) -> None:
        self._keys = keys
        self._tokens = tokens
        self._cache_seconds = cache_seconds
        self._remembered: dict[bytes, _Remembered] = {}
        self._under_way: dict[bytes, asyncio.Task[Principal]] = {}

    def recall(self, credential: bytes) -> Principal | None:
        """Return the principal of a credential seen moments ago; raises Unauthenticated if it was refused.

        None means that it has to be verified.
        """
        entry = self._remembered.get(hashlib.sha256(credential).digest())
        if entry is None or entry.until < time.monotonic():
            return None
        if isinstance(entry.outcome, Unauthenticated):
            raise Unauthenticated(entry.outcome.detail)
        return entry.outcome

    async def verify(self, credential: bytes) -> Principal:
        """Return the principal, asking the database or the issuer's keys; concurrent calls ask once."""
        digest = hashlib.sha256(credential).digest()
        task = self._under_way.get(digest)
        if task is None:
            task = asyncio.create_task(self._look_up(credential, digest))
            self._under_way[digest] = task
            task.add_done_callback(lambda _: self._under_way.pop(digest, None))
        return await asyncio.shield(task)

    async def _look_up(self, credential: bytes, digest: bytes) -> Principal:
        try:
            principal = await self._ask(credential)
        except Unauthenticated as refused:
            self._remember(digest, refused)
            raise
        self._remember(digest, principal)
        return principal

    async def _ask(self, credential: bytes) -> Principal:
        try:
            text = credential.decode("ascii")
        except UnicodeDecodeError:
            raise Unauthenticated("This is neither a key nor a token.") from None
        if text.startswith("dk_"):
            return await self._keys(text)
        if self._tokens is None:
            raise Unauthenticated("This key is not known or not valid any more.")
        return await self._tokens(text)

    def _remember(self, digest: bytes, outcome: Principal | Unauthenticated) -> None:
        now = time.monotonic()
        if len(self._remembered) >= 10_000:
            self._remembered = {key: entry for key, entry in self._remembered.items() if entry.until >= now}
        if len(self._remembered) < 10_000:
            self._remembered[digest] = _Remembered(outcome, now + self._cache_seconds)

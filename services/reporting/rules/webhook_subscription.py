"""Which events a webhook is told of: types, or all of a service, of one subtree, from its beginning on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from shared.divisions import contains
from shared.errors import FieldProblem

LONGEST_URL = 500
MOST_PATTERNS = 50


@dataclass(frozen=True, slots=True)
class Listener:
    """A webhook that may be told something now."""

    id: UUID
    division: str
    events: Sequence[str]
    created_at: datetime

    def wants(self, event_type: str, division: str, published_at: datetime) -> bool:
        """Tell whether an event is for it; what was published before it began is not."""
        return (
            published_at >= self.created_at
            and contains(self.division, division)
            and any(matches(pattern, event_type) for pattern in self.events)
        )


def matches(pattern: str, event_type: str) -> bool:
    """Tell whether a pattern names an event: `reporting.case-opened`, `reporting.*`, or `*` for all."""
    if pattern == "*":
        return True
    service, _, rest = pattern.partition(".")
    return pattern == event_type or (rest == "*" and event_type.startswith(f"{service}."))


def problems_of_events(patterns: Sequence[str], known: Collection[str]) -> list[FieldProblem]:
    """Return which patterns name no event that there is, by position."""
    if len(patterns) > MOST_PATTERNS:
        return [FieldProblem("events", f"at most {MOST_PATTERNS}")]
    return [
        FieldProblem(f"events.{position}", f"no event is called {pattern!r}")
        for position, pattern in enumerate(patterns)
        if not any(matches(pattern, type_) for type_ in known)
    ]


def problems_of_url(url: str, *, allow_plain: bool) -> list[FieldProblem]:
    """Return why an address cannot be told anything; `allow_plain` lets `http://` pass."""
    schemes = ("https", "http") if allow_plain else ("https",)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return [FieldProblem("url", "is no address")]
    if len(url) > LONGEST_URL or not url.isascii() or any(character <= " " for character in url):
        return [FieldProblem("url", f"must have at most {LONGEST_URL} ASCII characters and no blanks")]
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        return [FieldProblem("url", f"must begin with {' or '.join(schemes)}:// and name a host")]
    if parts.username is not None or parts.password is not None or parts.fragment:
        return [FieldProblem("url", "may carry no user, password or fragment; signatures prove the sender")]
    return []

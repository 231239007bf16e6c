"""Cursor pagination: a page of a list, and an opaque cursor that says where the next one begins.

A cursor holds the sort values of the last row shown. It opens nothing, since what a caller may see is
decided anew on every call, so it is not signed; a checksum binds it to its list and filters and turns one
that was cut, altered, or taken from another list into a clear refusal instead of a wrong page.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar, cast
from urllib.parse import urlencode

import orjson
from litestar import Request
from litestar.params import QueryParameter
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from shared.errors import FieldProblem, MalformedInput

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 500

PageLimit = Annotated[
    int,
    QueryParameter(
        ge=1, le=LARGEST_LIMIT, description=f"How many items a page holds, at most {LARGEST_LIMIT}."
    ),
]
"""The query parameter `limit` of a list: `limit: PageLimit = DEFAULT_LIMIT`."""

PageCursor = Annotated[
    str | None,
    QueryParameter(
        max_length=1024, description="Where the page begins: taken from `next` of the one before."
    ),
]
"""The query parameter `cursor` of a list: `cursor: PageCursor = None`."""

Item = TypeVar("Item")
Key = TypeVar("Key", bound=tuple[Any, ...])


class Page(BaseModel, Generic[Item]):
    """A page of a list; `next` is the address of the following one, null on the last."""

    model_config = ConfigDict(frozen=True)

    items: list[Item]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Place(Generic[Key]):
    """Where in a list a page begins and how many rows it shows; `after` is None on the first page."""

    limit: int
    after: Key | None

    @property
    def rows_wanted(self) -> int:
        """One more than is shown: whether it is there tells if there is a next page."""
        return self.limit + 1


@lru_cache(maxsize=64)
def _adapter(key: Any) -> TypeAdapter[Any]:
    return TypeAdapter(key)


def _purpose(request: Request[Any, Any, Any]) -> bytes:
    """What a cursor is good for: this path with these filters, in whatever order they stand."""
    filters = sorted((name, value) for name, value in _query(request) if name not in ("cursor", "limit"))
    return request.scope["path"].encode() + b"?" + urlencode(filters).encode()


def _query(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in request.query_params.multi_items()]


def _checksum(payload: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(
        payload, digest_size=8, key=hashlib.blake2b(purpose, digest_size=32).digest()
    ).digest()


def place_in_list(
    request: Request[Any, Any, Any], cursor: str | None, limit: int, key: type[Key]
) -> Place[Key]:
    """Return where the page begins; `key` is the tuple of the sort values' types: `tuple[datetime, UUID]`.

    Raises MalformedInput for a cursor that is not one of this list with these filters.
    """
    if cursor is None:
        return Place(limit, None)
    try:
        raw = base64.b64decode(
            cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True
        )
        payload, checksum = raw[:-8], raw[-8:]
        if checksum != _checksum(payload, _purpose(request)):
            raise ValueError("altered")
        parts = tuple(_storable(part) for part in _adapter(key).validate_json(payload))
        return Place(limit, cast("Key", parts))
    except (UnicodeEncodeError, binascii.Error, ValueError, OverflowError, ValidationError):
        problem = FieldProblem("cursor", "is not one that this list has given out for these filters")
        raise MalformedInput("The cursor cannot be read.", problems=[problem]) from None


def _storable(part: Any) -> Any:
    """Anybody can make a cursor that is whole, so what PostgreSQL cannot compare with is refused here."""
    if isinstance(part, str) and "\0" in part:
        raise ValueError("U+0000")
    return part.astimezone(UTC) if isinstance(part, datetime) else part


def write_cursor(request: Request[Any, Any, Any], key: Sequence[Any]) -> str:
    """Return the cursor that begins after the row with these sort values."""
    payload = orjson.dumps(list(key), default=str)
    return base64.urlsafe_b64encode(payload + _checksum(payload, _purpose(request))).rstrip(b"=").decode()


def page_of(
    request: Request[Any, Any, Any],
    place: Place[Any],
    rows: Sequence[Mapping[str, Any]] | Sequence[Any],
    *,
    key: Callable[[Any], Sequence[Any]],
    show: Callable[[Any], Item],
) -> Page[Item]:
    """Return the page of `rows`, of which `place.rows_wanted` were asked for.

    `key` gives a row's sort values, `show` what the caller sees of it; `next` keeps filters and limit.
    """
    shown = rows[: place.limit]
    following: str | None = None
    if len(rows) > place.limit:
        query = [(name, value) for name, value in _query(request) if name != "cursor"]
        query.append(("cursor", write_cursor(request, key(shown[-1]))))
        following = f"{request.scope['path']}?{urlencode(query)}"
    return Page(items=[show(row) for row in shown], next=following)

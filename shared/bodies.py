"""Request bodies: read within a limit, in a media type that the route takes, as strict JSON."""

import re
from typing import Any, cast

from litestar import Request
from litestar.datastructures import State
from litestar.types import Empty

from shared.access import Principal
from shared.errors import InvalidInput, MalformedInput, TooLarge, UnsupportedMedia
from shared.strict_json import JSON, parse_json

WHEN_TOO_LARGE = "when_too_large"
"""The `opt` of a handler that says what to do with a body that is larger than it takes."""


STREAMED = "streamed"
"""The `opt` of a handler that reads its body as it comes, and so never as a whole beforehand."""


class ClientGone(MalformedInput):
    """The caller hung up before the body was complete; nobody reads this answer."""

    slug = "client-gone"


class WireRequest(Request[Principal, Any, State]):
    """The request of all routes; a handler's `data` is read straight from the bytes by its pydantic model."""

    async def body(self) -> bytes:
        """Return the whole body; raises TooLarge beyond the route's limit, also for chunked bodies."""
        if self._connection_state.body is not Empty:
            return self._connection_state.body
        limit = self.route_handler.resolve_request_max_body_size()
        advice = self.route_handler.opt.get(WHEN_TOO_LARGE, "")
        announced = _header(self, b"content-length")
        if limit is not None and announced.isdigit() and int(announced) > limit:
            raise too_large(limit, advice)
        chunks: list[bytes] = []
        size = 0
        while True:
            message = cast("Any", await self.receive())
            if message["type"] == "http.disconnect":
                raise ClientGone("The connection closed before the body was complete.")
            chunk = message["body"]
            size += len(chunk)
            if limit is not None and size > limit:
                raise too_large(limit, advice)
            chunks.append(chunk)
            if not message["more_body"]:
                break
        self._connection_state.body = body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        return body

    async def json(self) -> Any:
        """Return the body as the handler's `data` declares it; raises what `parse_json` raises."""
        require_media(self, JSON)
        field = self.route_handler.parsed_data_field
        return parse_json(await self.body(), field.annotation if field else Any)


def _header(request: Request[Any, Any, Any], name: bytes) -> bytes:
    """One header as it came; Litestar's multi-dict of all headers costs more than reading the body."""
    return next((value for header, value in request.scope["headers"] if header == name), b"")


def too_large(limit: int, advice: str = "") -> TooLarge:
    """Return the refusal of a body above `limit` bytes; `advice` says what to do then."""
    return TooLarge(f"The body is larger than the {limit} bytes that this route takes. {advice}".rstrip())


async def refuse_body(request: Request[Any, Any, Any], advice: str) -> None:
    """Raise InvalidInput when something is sent to a door that takes no body; an empty object is nothing.

    What would be ignored in silence looks as if it had been taken.
    """
    if (await request.body()).strip() not in (b"", b"{}", b"null"):
        raise InvalidInput(f"This route takes no body. {advice}")


def require_media(request: Request[Any, Any, Any], *accepted: str) -> str:
    """Return the body's media type; raises UnsupportedMedia if it is none of those, or not in UTF-8."""
    header = _header(request, b"content-type").decode("latin-1")
    if header in accepted:
        return header
    media, _, parameters = header.partition(";")
    media = media.strip().lower()
    charset = re.search(r'charset\s*=\s*"?([^";\s]+)', parameters, re.IGNORECASE)
    if media not in accepted:
        raise UnsupportedMedia(f"This route reads {' or '.join(accepted)}.")
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMedia("This route reads UTF-8 only.")
    return media

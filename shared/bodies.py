"""Request bodies: read within a limit, as strict JSON, refused field by field and never half understood."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

from litestar import Request
from litestar.datastructures import State
from litestar.types import Empty
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, SchemaValidator

from shared.access import Principal
from shared.errors import (
    DutyclockError,
    FieldProblem,
    InvalidInput,
    MalformedInput,
    TooLarge,
    UnsupportedMedia,
)

JSON = "application/json"
NDJSON = "application/x-ndjson"

MAX_PROBLEMS = 100
"""How many fields one answer lists; what is wrong beyond that shows after these are mended."""

_NUL_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class WireModel(BaseModel):
    """A request body: unknown fields are refused, and no value is turned into another type silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


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
        announced = _header(self, b"content-length")
        if limit is not None and announced.isdigit() and int(announced) > limit:
            raise too_large(limit)
        chunks: list[bytes] = []
        size = 0
        while True:
            message = cast("Any", await self.receive())
            if message["type"] == "http.disconnect":
                raise ClientGone("The connection closed before the body was complete.")
            chunk = message["body"]
            size += len(chunk)
            if limit is not None and size > limit:
                raise too_large(limit)
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


def too_large(limit: int) -> TooLarge:
    """Return the refusal of a body above `limit` bytes."""
    return TooLarge(f"The body is larger than the {limit} bytes that this route takes.")


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


@lru_cache(maxsize=512)
def _validator(annotation: Any) -> SchemaValidator:
    return cast("SchemaValidator", TypeAdapter(annotation).validator)


def parse_json(body: bytes, annotation: Any) -> Any:
    """Return `body` as an instance of `annotation`, strictly.

    Raises MalformedInput for what is no JSON or no UTF-8, InvalidInput with every field that is wrong.
    """
    try:
        value = _validator(annotation).validate_json(body, strict=True)
    except ValidationError as error:
        raise refusal(error, body) from None
    if b"\\u0000" in body and _NUL_ESCAPE.search(body):
        fields = list(_fields_with_nul(json.loads(body), ()))
        raise InvalidInput(
            "Text may not hold the character U+0000.",
            problems=[FieldProblem(field, "holds the character U+0000") for field in fields[:MAX_PROBLEMS]],
        )
    return value


def _fields_with_nul(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, str):
        if "\0" in value:
            yield ".".join(path)
    elif isinstance(value, list):
        for position, item in enumerate(cast("list[Any]", value)):
            yield from _fields_with_nul(item, (*path, str(position)))
    elif isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            yield from _fields_with_nul(key, path)
            yield from _fields_with_nul(item, (*path, key))


def refusal(error: ValidationError, body: bytes = b"") -> DutyclockError:
    """Return the refusal that a pydantic error amounts to: MalformedInput or InvalidInput."""
    details = error.errors(include_url=False, include_input=False)
    first = details[0]
    if first["type"] != "json_invalid":
        return InvalidInput("The body has fields that are refused.", problems=field_problems(details))
    try:
        body.decode()
    except UnicodeDecodeError as undecodable:
        return MalformedInput(f"The body is no UTF-8 at byte {undecodable.start}.")
    return MalformedInput(f"The body is no JSON: {first['msg'].removeprefix('Invalid JSON: ')}.")


def field_problems(details: list[ErrorDetails]) -> tuple[FieldProblem, ...]:
    """Return what pydantic found as fields and reasons; values are never repeated."""
    return tuple(
        FieldProblem(".".join(str(part) for part in detail["loc"]), _reason(detail))
        for detail in details[:MAX_PROBLEMS]
    )


def _reason(detail: ErrorDetails) -> str:
    match detail["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not a known field"
        case "value_error":
            return detail["msg"].removeprefix("Value error, ")
        case _:
            return detail["msg"]

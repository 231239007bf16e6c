"""Strict JSON: bytes into pydantic models, refused field by field, never half understood; knows no HTTP."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, SchemaValidator

from shared.errors import DutyclockError, FieldProblem, InvalidInput, MalformedInput

JSON = "application/json"
NDJSON = "application/x-ndjson"

MAX_PROBLEMS = 100
"""How many fields one answer lists; what is wrong beyond that shows after these are mended."""

_NUL_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class WireModel(BaseModel):
    """A request body: unknown fields are refused, and no value is turned into another type silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


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

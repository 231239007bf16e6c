"""Strict JSON: bytes into pydantic models, refused field by field, never half understood; knows no HTTP."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, SchemaValidator

from shared.errors import DutyclockError, FieldProblem, InvalidInput, MalformedInput
from shared.reasons import pattern_in_words

JSON = "application/json"
NDJSON = "application/x-ndjson"

MAX_PROBLEMS = 100
"""How many fields one answer lists; what is wrong beyond that shows after these are mended."""

TWICE = "stands twice; readers differ in which of two values they believe"
LONGEST_NUMBER = 4_000
"""Digits that Python still reads as one number; it refuses more, for they take it too long."""


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
    if (b"\\u0000" in body or not names_stand_once(body)) and (problems := doubts_of(load_freely(body))):
        raise InvalidInput("The body has fields that are refused.", problems=problems)
    return value


class _Doubtful(dict[str, Any]):
    """An object in which names stand twice."""

    repeated: tuple[str, ...] = ()


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the fields as a dict that remembers, for `doubts_of`, which names stand twice."""
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    doubtful = _Doubtful(fields)
    doubtful.repeated = tuple(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
    return doubtful


def _number_of(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST_NUMBER else digits


def load_freely(body: bytes | str) -> Any:
    """Return what JSON holds, also what pydantic refuses as a whole, such as half of a surrogate pair.

    Numbers of more than 4,000 digits stay text. Raises MalformedInput for what is no JSON or no UTF-8, or
    nested more deeply than Python goes.
    """
    try:
        text = body if isinstance(body, str) else body.decode()
        return json.loads(text, object_pairs_hook=object_of, parse_int=_number_of)
    except UnicodeDecodeError as error:
        raise MalformedInput(f"The body is no UTF-8 at byte {error.start}.") from None
    except RecursionError:
        raise MalformedInput("The body is no JSON that is read here: it is nested too deeply.") from None
    except ValueError as error:
        raise MalformedInput(f"The body is no JSON: {error}.") from None


def repeated_names(value: Any) -> tuple[str, ...]:
    """Return the names that stand twice in an object that `load_freely` read, without what it contains."""
    return value.repeated if isinstance(value, _Doubtful) else ()


def doubts_of(value: Any) -> list[FieldProblem]:
    """Return what is wrong in what `load_freely` read: a field that stands twice, or a U+0000 in text."""
    return list(islice(_doubts(value, ()), MAX_PROBLEMS))


def _doubts(value: Any, path: tuple[str, ...]) -> Iterator[FieldProblem]:
    if isinstance(value, str):
        if "\0" in value:
            yield FieldProblem(".".join(path), "holds the character U+0000")
    elif isinstance(value, list):
        for position, item in enumerate(cast("list[Any]", value)):
            yield from _doubts(item, (*path, str(position)))
    elif isinstance(value, dict):
        yield from (FieldProblem(".".join((*path, name)), TWICE) for name in repeated_names(value))
        for key, item in cast("dict[str, Any]", value).items():
            yield from _doubts(key, path)
            yield from _doubts(item, (*path, key))


def names_stand_once(body: bytes) -> bool:
    """Tell whether no object in a valid JSON body has two fields of the same name."""
    once = True

    def note(pairs: list[tuple[str, Any]]) -> None:
        nonlocal once
        once = once and len(dict(pairs)) == len(pairs)

    json.loads(body.decode(), object_pairs_hook=note, parse_int=_number_of)
    return once


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
        FieldProblem(
            ".".join(str(part) for part in detail["loc"]),
            _reason(detail),
            detail["type"],
            detail.get("ctx", {}),
        )
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
        case "string_pattern_mismatch":
            return pattern_in_words(detail.get("ctx", {}).get("pattern", "")) or detail["msg"]
        case _:
            return detail["msg"]

"""Bodies of many rows: a JSON array or NDJSON, where one bad row never spoils the others."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar, cast

from pydantic import FailFast, TypeAdapter, ValidationError
from pydantic_core import SchemaValidator

from shared.errors import FieldProblem, InvalidInput, MalformedInput, TooLarge
from shared.strict_json import (
    NDJSON,
    WireModel,
    doubts_of,
    load_freely,
    names_stand_once,
    refusal,
)

ROW_LIMIT = 10_000

BODY_LIMIT_BYTES = 16 * 1024 * 1024
"""What a route of batches takes: 10,000 rows of a kilobyte and a half."""

Row = TypeVar("Row", bound=WireModel)


@dataclass(frozen=True, slots=True)
class ReadRow(Generic[Row]):
    """One row of a batch: read, or refused with the problems that were found; `index` counts from 0."""

    index: int
    row: Row | None
    problems: tuple[FieldProblem, ...] = ()


@lru_cache(maxsize=64)
def _array_validator(model: type[WireModel]) -> SchemaValidator:
    rows = cast("Any", Annotated)[cast("Any", list)[model], FailFast()]
    return cast("SchemaValidator", TypeAdapter(rows).validator)


@lru_cache(maxsize=64)
def _row_validator(model: type[WireModel]) -> SchemaValidator:
    return cast("SchemaValidator", TypeAdapter(model).validator)


def read_rows(
    body: bytes, media: str, model: type[Row], *, limit: int = ROW_LIMIT, advice: str = ""
) -> list[ReadRow[Row]]:
    """Return every row of the body, each read or refused on its own.

    Raises MalformedInput when a JSON body is no array at all, InvalidInput when there is no row, TooLarge
    beyond `limit` rows, which is known before anything is stored; `advice` says what to do then.
    """
    try:
        rows = _read_lines(body, model, limit) if media == NDJSON else _read_array(body, model, limit)
    except TooLarge as error:
        raise TooLarge(f"{error.detail} {advice}".rstrip()) from None
    if not rows:
        raise InvalidInput("The batch holds no row.")
    return rows


def _read_array(body: bytes, model: type[Row], limit: int) -> list[ReadRow[Row]]:
    try:
        good = cast("list[Row]", _array_validator(model).validate_json(body))
    except ValidationError:
        return _read_array_row_by_row(body, model, limit)
    _check_count(len(good), limit)
    if b"\\u0000" in body or not names_stand_once(body):
        return _read_array_row_by_row(body, model, limit)
    return [ReadRow(index, row) for index, row in enumerate(good)]


def _read_array_row_by_row(body: bytes, model: type[Row], limit: int) -> list[ReadRow[Row]]:
    values = load_freely(body)
    if not isinstance(values, list):
        raise MalformedInput("The body is no JSON array; one row goes to the route for single ones.")
    rows = cast("list[Any]", values)
    _check_count(len(rows), limit)
    return [_judge(index, value, model) for index, value in enumerate(rows)]


def _judge(index: int, value: Any, model: type[Row]) -> ReadRow[Row]:
    if problems := doubts_of(value):
        return ReadRow(index, None, tuple(problems))
    return _read_row(index, json.dumps(value).encode(), model)


def _read_lines(body: bytes, model: type[Row], limit: int) -> list[ReadRow[Row]]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    _check_count(len(lines), limit)
    rows = [_read_row(index, line, model) for index, line in enumerate(lines)]
    good = b",".join(lines[read.index] for read in rows if read.row is not None)
    if b"\\u0000" in good or not names_stand_once(b"[" + good + b"]"):
        return [
            read if read.row is None else _judge(read.index, load_freely(lines[read.index]), model)
            for read in rows
        ]
    return rows


def _read_row(index: int, text: bytes, model: type[Row]) -> ReadRow[Row]:
    try:
        return ReadRow(index, cast("Row", _row_validator(model).validate_json(text)))
    except ValidationError as error:
        refused = refusal(error, text)
        return ReadRow(index, None, refused.problems or (FieldProblem("", refused.detail),))


def _check_count(count: int, limit: int) -> None:
    if count > limit:
        raise TooLarge(f"The batch holds {count} rows; send at most {limit} at a time.")

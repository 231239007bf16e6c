"""Bodies of many rows: a JSON array or NDJSON, where one bad row never spoils the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaValidator, from_json

from shared.errors import FieldProblem, InvalidInput, MalformedInput, TooLarge
from shared.strict_json import JSON, NDJSON, WireModel, refusal

ROW_LIMIT = 10_000

Row = TypeVar("Row", bound=WireModel)


@dataclass(frozen=True, slots=True)
class ReadRow(Generic[Row]):
    """One row of a batch: read, or refused with the problems that were found; `index` counts from 0."""

    index: int
    row: Row | None
    problems: tuple[FieldProblem, ...] = ()


@lru_cache(maxsize=64)
def _array_validator(model: type[WireModel]) -> SchemaValidator:
    rows = cast("Any", list)[model]
    return cast("SchemaValidator", TypeAdapter(rows).validator)


@lru_cache(maxsize=64)
def _row_validator(model: type[WireModel]) -> SchemaValidator:
    return cast("SchemaValidator", TypeAdapter(model).validator)


def read_rows(body: bytes, media: str, model: type[Row], *, limit: int = ROW_LIMIT) -> list[ReadRow[Row]]:
    """Return every row of the body, each read or refused on its own.

    Raises MalformedInput when a JSON body is no array at all, InvalidInput when there is no row, TooLarge
    beyond `limit` rows, which is known before anything is stored.
    """
    rows = _read_lines(body, model, limit) if media == NDJSON else _read_array(body, model, limit)
    if not rows:
        raise InvalidInput("The batch holds no row.")
    return rows


def _read_array(body: bytes, model: type[Row], limit: int) -> list[ReadRow[Row]]:
    try:
        good = cast("list[Row]", _array_validator(model).validate_json(body))
    except ValidationError:
        return _read_array_row_by_row(body, model, limit)
    _check_count(len(good), limit)
    if b"\\u0000" in body:
        return _read_array_row_by_row(body, model, limit)
    return [ReadRow(index, row) for index, row in enumerate(good)]


def _read_array_row_by_row(body: bytes, model: type[Row], limit: int) -> list[ReadRow[Row]]:
    try:
        values = from_json(body)
    except ValueError as error:
        raise _no_json(body, error) from None
    if not isinstance(values, list):
        raise MalformedInput("The body is no JSON array; one row goes to the route for single ones.")
    rows = cast("list[Any]", values)
    _check_count(len(rows), limit)
    return [_read_row(index, orjson.dumps(value), model) for index, value in enumerate(rows)]


def _no_json(body: bytes, error: ValueError) -> MalformedInput:
    try:
        body.decode()
    except UnicodeDecodeError as undecodable:
        return MalformedInput(f"The body is no UTF-8 at byte {undecodable.start}.")
    return MalformedInput(f"The body is no JSON: {error}.")


def _read_lines(body: bytes, model: type[Row], limit: int) -> list[ReadRow[Row]]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    _check_count(len(lines), limit)
    return [_read_row(index, line, model) for index, line in enumerate(lines)]


def _read_row(index: int, text: bytes, model: type[Row]) -> ReadRow[Row]:
    try:
        if b"\\u0000" in text:
            return ReadRow(index, None, (FieldProblem("", "holds the character U+0000"),))
        return ReadRow(index, cast("Row", _row_validator(model).validate_json(text)))
    except ValidationError as error:
        refused = refusal(error, text)
        return ReadRow(index, None, refused.problems or (FieldProblem("", refused.detail),))


def _check_count(count: int, limit: int) -> None:
    if count > limit:
        raise TooLarge(f"The batch holds {count} rows; send at most {limit} at a time.")


def good_rows(rows: Sequence[ReadRow[Row]]) -> Iterator[tuple[int, Row]]:
    """Yield index and row of those that could be read."""
    return ((read.index, read.row) for read in rows if read.row is not None)


__all__ = ["JSON", "NDJSON", "ROW_LIMIT", "ReadRow", "good_rows", "read_rows"]

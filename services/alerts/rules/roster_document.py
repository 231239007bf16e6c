"""What a roster document says: people and shifts, as YAML, CSV, JSON or JSON lines, judged row by row."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Annotated, Any, Literal, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from shared.divisions import DivisionCode
from shared.errors import FieldProblem, InvalidInput, MalformedInput, TooLarge
from shared.instants import WireInstant
from shared.policy.values import Identifier
from shared.strict_json import doubts_of, field_problems, load_freely, object_of, repeated_names

JSON = "application/json"
NDJSON = "application/x-ndjson"
YAML = "application/yaml"
CSV = "text/csv"
MEDIA = (JSON, NDJSON, YAML, CSV)
ROW_LIMIT = 10_000
LARGEST_YAML_BYTES = 2 * 1024 * 1024
"""Reading YAML takes a second for every 200 kB."""
LONGEST_SHIFT = timedelta(days=366)

PersonKey = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$"),
    Field(description="What the office calls the person in its documents: a code, no name and no number"),
]
Channel = Annotated[str, StringConstraints(min_length=4, max_length=1000, pattern=r"^[\x21-\x7e]+$")]


class Entry(BaseModel):
    """A row of the document; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)


class PersonFields(Entry):
    """A person who can be on duty, without the key; `channels` in the order in which they are tried."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
    division: DivisionCode
    language: Literal["zh", "en"] = "zh"
    channels: Annotated[tuple[Channel, ...], Field(max_length=8)] = ()
    working: bool = True
    """False while the contact is known to reach nobody; then nobody waits for an answer from there."""


class PersonEntry(PersonFields):
    """A person who can be on duty 值守人员."""

    id: PersonKey


class ShiftEntry(Entry):
    """A person holds a post of a division from one instant until just before another 值班班次."""

    post: Identifier
    division: DivisionCode
    person: PersonKey
    from_at: WireInstant = Field(alias="from")
    until_at: WireInstant = Field(alias="until")

    @model_validator(mode="after")
    def _ends_after_start(self) -> "ShiftEntry":
        if self.until_at <= self.from_at:
            raise PydanticCustomError("shift_order", "until must be later than from")
        if self.until_at - self.from_at > LONGEST_SHIFT:
            raise PydanticCustomError("shift_too_long", "a shift has 366 days at most")
        return self


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """One row: read, or refused with what was wrong; `place` says where it stands in the document."""

    place: str
    entry: PersonEntry | ShiftEntry | None
    problems: tuple[FieldProblem, ...] = ()


def read_document(body: bytes, media: str) -> list[ReadEntry]:
    """Return every row of a document, people and shifts in the order in which they stand.

    JSON and YAML hold `{people: […], shifts: […]}` or one list of rows, JSON lines and CSV one row a line; a
    row with a `post` is a shift. Raises MalformedInput when the document as a whole cannot be read,
    InvalidInput when there is no row, TooLarge beyond 10,000 rows.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedInput(f"The document is no UTF-8 at byte {error.start}.") from None
    if media == YAML and len(body) > LARGEST_YAML_BYTES:
        raise TooLarge(
            f"A YAML document may have {LARGEST_YAML_BYTES} bytes; JSON lines and CSV may have more."
        )
    rows = list(islice(_rows(text, media), ROW_LIMIT + 1))
    if not rows:
        raise InvalidInput("The document holds no row.")
    if len(rows) > ROW_LIMIT:
        raise TooLarge(f"The document holds more than {ROW_LIMIT} rows; send them in parts.")
    return [_judge(place, row) for place, row in rows]


def _rows(text: str, media: str) -> Iterator[tuple[str, Any]]:
    if media == NDJSON:
        return _from_lines(text)
    if media == CSV:
        return _from_csv(text)
    return _from_tree(_load_yaml(text) if media == YAML else load_freely(text))


def _load_yaml(text: str) -> Any:
    try:
        # Every plain value stays text: 500104102 is a division, and a time is read by our own rule.
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a subclass of BaseLoader builds no objects
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise MalformedInput(f"The document is no YAML: {str(error).splitlines()[0]}.") from None


class _PlainLoader(yaml.BaseLoader):
    """Reads text, lists and mappings only, and no references: a short file must not become a huge one."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("references (*name) are not read here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        fields = super().construct_mapping(node, deep)
        return object_of([(name.value, fields[name.value]) for name, _ in node.value])


def _from_tree(tree: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, list):
        yield from ((str(position), row) for position, row in enumerate(cast("list[Any]", tree)))
        return
    if twice := repeated_names(tree):
        raise MalformedInput(f"`{twice[0]}` stands twice in the document.")
    document = cast("dict[Any, Any]", tree) if isinstance(tree, dict) else None
    if document is None or not set(document) <= {"people", "shifts"}:
        raise MalformedInput("The document holds `people` and `shifts`, or one list of rows.")
    for name in ("people", "shifts"):
        rows: Any = document.get(name) or []
        if not isinstance(rows, list):
            raise MalformedInput(f"`{name}` is a list of rows.")
        yield from ((f"{name}.{position}", row) for position, row in enumerate(cast("list[Any]", rows)))


def _from_lines(text: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield f"line {number}", load_freely(line)
            except MalformedInput as error:
                yield f"line {number}", error


def _from_csv(text: str) -> Iterator[tuple[str, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", strict=True)
    try:
        names = list(reader.fieldnames or ())
    except csv.Error as error:
        raise MalformedInput(f"The document is no CSV: {error}.") from None
    if len(set(names)) < len(names):
        raise MalformedInput("A name stands twice in the first line.")
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # the reader goes on with the next line
            yield f"line {reader.reader.line_num}", MalformedInput(f"is no CSV: {error}")
            continue
        filled: dict[str, Any] = {name: value for name, value in row.items() if value not in ("", None)}
        if isinstance(filled.get("channels"), str):
            filled["channels"] = filled["channels"].split()
        yield f"line {reader.line_num}", filled


def _judge(place: str, row: Any) -> ReadEntry:
    if isinstance(row, MalformedInput):
        return ReadEntry(place, None, (FieldProblem("", row.detail),))
    if not isinstance(row, dict):
        return ReadEntry(place, None, (FieldProblem("", "is no row with named fields"),))
    if doubts := doubts_of(row):
        return ReadEntry(place, None, tuple(doubts))
    fields = cast("Mapping[str, Any]", row)
    try:
        return ReadEntry(place, (ShiftEntry if "post" in fields else PersonEntry).model_validate(fields))
    except ValidationError as error:
        return ReadEntry(place, None, field_problems(error.errors(include_url=False, include_input=False)))

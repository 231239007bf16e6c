"""Documents of rows that offices write: YAML, CSV, JSON or JSON lines, judged row by row."""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

from shared.errors import FieldProblem, InvalidInput, MalformedInput, TooLarge
from shared.strict_json import JSON, NDJSON, doubts_of, field_problems, load_freely, object_of, repeated_names

YAML = "application/yaml"
CSV = "text/csv"
MEDIA = (JSON, NDJSON, YAML, CSV)
ROW_LIMIT = 10_000
LARGEST_YAML_BYTES = 2 * 1024 * 1024
"""Reading YAML takes a second for every 200 kB."""

Entry = TypeVar("Entry", bound=BaseModel, covariant=True)


@dataclass(frozen=True)
class ReadEntry(Generic[Entry]):
    """One row: read, or refused with what was wrong; `place` says where it stands in the document.

    It has no slots: `ReadEntry[Row](…)` notes its kind on the instance.
    """

    place: str
    entry: Entry | None
    problems: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentForm(Generic[Entry]):
    """What a document holds: its lists by name, and which kind of row one with certain fields is."""

    sections: Sequence[str]
    kind_of: Callable[[Mapping[str, Any]], type[Entry]]
    words: Collection[str] = ()
    """The fields that hold several words, which stand in one cell of a CSV, with spaces between."""


def read_document(body: bytes, media: str, form: DocumentForm[Entry]) -> list[ReadEntry[Entry]]:
    """Return every row of a document, each read or refused on its own, in the order in which they stand.

    JSON and YAML hold the form's lists under their names or one list of rows, JSON lines and CSV one row a
    line. Raises MalformedInput when the document as a whole cannot be read, InvalidInput when there is no
    row, TooLarge beyond 10,000 rows.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedInput(f"The document is no UTF-8 at byte {error.start}.") from None
    if media == YAML and len(body) > LARGEST_YAML_BYTES:
        raise TooLarge(
            f"A YAML document may have {LARGEST_YAML_BYTES} bytes; JSON lines and CSV may have more."
        )
    rows = list(islice(_rows(text, media, form), ROW_LIMIT + 1))
    if not rows:
        raise InvalidInput("The document holds no row.")
    if len(rows) > ROW_LIMIT:
        raise TooLarge(f"The document holds more than {ROW_LIMIT} rows; send them in parts.")
    return [_judge(place, row, form) for place, row in rows]


def _rows(text: str, media: str, form: DocumentForm[Any]) -> Iterator[tuple[str, Any]]:
    if media == NDJSON:
        return _from_lines(text)
    if media == CSV:
        return _from_csv(text, form.words)
    return _from_tree(_load_yaml(text) if media == YAML else load_freely(text), form.sections)


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


def _from_tree(tree: Any, sections: Sequence[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, list):
        yield from ((str(position), row) for position, row in enumerate(cast("list[Any]", tree)))
        return
    if twice := repeated_names(tree):
        raise MalformedInput(f"`{twice[0]}` stands twice in the document.")
    document = cast("dict[Any, Any]", tree) if isinstance(tree, dict) else None
    if document is None or not set(document) <= set(sections):
        names = " and ".join(f"`{name}`" for name in sections)
        raise MalformedInput(f"The document holds {names}, or one list of rows.")
    for name in sections:
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


def _from_csv(text: str, words: Collection[str]) -> Iterator[tuple[str, Any]]:
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
        for name in words:
            if isinstance(filled.get(name), str):
                filled[name] = filled[name].split()
        yield f"line {reader.line_num}", filled


def _judge(place: str, row: Any, form: DocumentForm[Entry]) -> ReadEntry[Entry]:
    if isinstance(row, MalformedInput):
        return ReadEntry(place, None, (FieldProblem("", row.detail),))
    if not isinstance(row, dict):
        return ReadEntry(place, None, (FieldProblem("", "is no row with named fields"),))
    if doubts := doubts_of(row):
        return ReadEntry(place, None, tuple(doubts))
    fields = cast("Mapping[str, Any]", row)
    try:
        return ReadEntry(place, form.kind_of(fields).model_validate(fields))
    except ValidationError as error:
        return ReadEntry(place, None, field_problems(error.errors(include_url=False, include_input=False)))

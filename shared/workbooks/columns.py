"""The columns of a ledger: which headings mean which field, and how a row of cells becomes a body."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import FieldProblem, InvalidInput
from shared.reasons import Names, Naming, told_in_chinese, told_in_english
from shared.workbooks.cells import READERS, Kind, is_empty, tidy
from shared.yaml_files import read_yaml

_ASIDE = re.compile(r"[(\[【].*?[)\]】]|[*:\s]")
LONGEST_HEADING = 200
"""What stands behind so many characters of a heading is not looked at."""
MOST_HEADINGS = 3
"""So many columns are named where what is missing would stand in several."""
_NO_VALUES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a ledger; `field` is dotted where bodies are nested: `person.identity.number`."""

    field: str
    kind: Kind
    zh: str
    en: str
    synonyms: tuple[str, ...] = ()
    """Other headings that officials use for it."""
    values: Mapping[str, str] = dataclasses.field(default_factory=lambda: _NO_VALUES)
    """What people write, and the wire's word for it: 火车 → train."""

    @property
    def heading(self) -> str:
        """What stands above the column in a workbook of ours."""
        return f"{self.zh} {self.en}"

    def read(self, cell: Any) -> Any:
        """Return the cell's value for the body; raises ValueError with a reason."""
        value = READERS[self.kind](cell)
        if not self.values:
            return value
        if isinstance(value, list):
            return [self._wire_word(str(one)) for one in value]  # pyright: ignore[reportUnknownArgumentType]
        return self._wire_word(str(value))

    def _wire_word(self, word: str) -> str:
        return self.values.get(word.lower(), word)

    def show(self, value: Any) -> Any:
        """Return what people read in the cell for a value of the wire."""
        if isinstance(value, list):
            return "、".join(str(self.show(one)) for one in value)  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, bool):
            return "是" if value else "否"
        shown = next((word for word, wire in self.values.items() if wire == value), None)
        return value if shown is None else shown


def normal_heading(text: str) -> str:
    """Return a heading without what differs between offices: blanks, asides in brackets, stars, case."""
    return _ASIDE.sub("", tidy(text)).lower()


@dataclass(frozen=True, slots=True)
class Heads:
    """The headings that were found in a sheet: the position of each column that is known."""

    places: Mapping[int, Column]
    unknown: tuple[str, ...]


class UnknownHeadings(InvalidInput):
    """The sheet has no row of headings that this ledger knows."""

    slug = "unknown-headings"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The columns of one ledger, in their order."""

    name: str
    columns: tuple[Column, ...]

    @classmethod
    def load(cls, path: Path, name: str) -> "Ledger":
        """Read a ledger's columns from a catalogue of headings."""
        entries: Mapping[str, Any] = read_yaml(path)[name]
        return cls(name, tuple(_column(dotted, entry) for dotted, entry in entries.items()))

    def headings_in(self, cells: Sequence[Any]) -> Heads | None:
        """Return which columns a row of headings names; None when fewer than two are known.

        Two headings for the same field leave the first. Unknown headings are told, not refused: ledgers have
        columns of their own.
        """
        known = self._by_heading()
        places: dict[int, Column] = {}
        unknown: list[str] = []
        for position, cell in enumerate(cells):
            if not isinstance(cell, str) or is_empty(cell):
                continue
            heading = cell[:LONGEST_HEADING]
            column = known.get(normal_heading(heading))
            if column is None:
                unknown.append(tidy(heading))
            elif column not in places.values():
                places[position] = column
        return Heads(places, tuple(unknown)) if len(places) >= 2 else None

    def _by_heading(self) -> dict[str, Column]:
        known: dict[str, Column] = {}
        for column in self.columns:
            for heading in (column.heading, column.zh, column.en, column.field, *column.synonyms):
                known.setdefault(normal_heading(heading), column)
        return known

    def body_of(self, cells: Sequence[Any], heads: Heads) -> tuple[dict[str, Any], list[FieldProblem]]:
        """Return a row as the body that the ledger's door takes, and what could not be read, by field."""
        body: dict[str, Any] = {}
        problems: list[FieldProblem] = []
        for position, column in heads.places.items():
            cell = cells[position] if position < len(cells) else None
            if is_empty(cell):
                continue
            try:
                _put(body, column.field.split("."), column.read(cell))
            except ValueError as error:
                problems.append(FieldProblem(column.field, str(error)))
        return body, problems

    def columns_of(self, dotted: str) -> Sequence[Column]:
        """Return the columns that hold a field, or that it consists of; none where the sheet has no place.

        A field of a list that a sheet has one column for, `places.3`, is in that column.
        """
        holding = [one for one in self.columns if dotted == one.field or dotted.startswith(f"{one.field}.")]
        return holding or [one for one in self.columns if one.field.startswith(f"{dotted}.")]

    def told(self, problem: FieldProblem) -> str:
        """Return why a row came back, for whoever filled it in, in Chinese and in English.

        Fields are called by their headings, and words are as officials write them in the column.
        """
        columns = self.columns_of(problem.field)[:MOST_HEADINGS]
        zh = "、".join(one.zh for one in columns) or problem.field or "本行"
        en = ", ".join(one.en for one in columns) or problem.field or "This row"
        reason_zh = told_in_chinese(problem, Names(self._naming(problem.field), _words_of(columns)))
        return f"{zh}：{reason_zh}（{en}: {told_in_english(problem)}）"

    def _naming(self, beside: str) -> Naming:
        """How a field is called that a reason about another one mentions: it may stand beside that one."""
        around = beside.rpartition(".")[0]

        def name(mentioned: str) -> str:
            columns = self.columns_of(f"{around}.{mentioned}" if around else mentioned)
            columns = columns or self.columns_of(mentioned)
            return f"“{columns[0].zh}”" if columns else f" {mentioned}"

        return name


def _words_of(columns: Sequence[Column]) -> Naming:
    return (lambda word: str(columns[0].show(word))) if len(columns) == 1 else str


def _put(body: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Place a value; a part that is a number is a position in a list: `proofs.0.sampled_at`."""
    place: Any = body
    for part, following in zip(path, [*path[1:], ""], strict=True):
        if not following:
            place[part] = value
        elif following.isdigit():
            place = place.setdefault(part, [])
        elif part.isdigit():
            while len(place) <= int(part):
                place.append({})
            place = place[int(part)]
        else:
            place = place.setdefault(part, {})


def _column(dotted: str, entry: Mapping[str, Any]) -> Column:
    values: Mapping[str, Sequence[str]] = entry.get("values", {})
    words = {word.lower(): wire for wire, written in values.items() for word in (*written, wire)}
    return Column(dotted, Kind(entry["kind"]), entry["zh"], entry["en"], tuple(entry.get("also", ())), words)

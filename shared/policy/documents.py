"""Reads a YAML file so that nothing is guessed and every value knows its line.

YAML has surprises that a law cannot afford: `17:00` is the number 1020, `no` is false, the second of two
equal keys wins in silence. Here every plain value is text until the model says what it is, equal keys are
refused, and so are anchors, tags and files that are not UTF-8.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from shared.policy.problems import Problem

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 1_000_000
MAX_DEPTH = 32
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "seq", "map")
)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})

Location = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """What stands in one file, the line of every value, and what was wrong with the YAML itself."""

    file: str
    data: Any = None
    lines: dict[Location, int] = field(default_factory=dict[Location, int])
    problems: list[Problem] = field(default_factory=list[Problem])

    def line_of(self, location: Location) -> int | None:
        """Return the line of a value, or of the nearest thing around it that is in the file."""
        for end in range(len(location), -1, -1):
            if (line := self.lines.get(location[:end])) is not None:
                return line
        return None

    def problem(self, location: Location, code: str, **values: object) -> Problem:
        """Word a problem at a place of this file."""
        return Problem(
            file=self.file,
            path=write_path(location),
            code=code,
            line=self.line_of(location),
            values={name: str(value) for name, value in values.items()},
        )

    def add(self, location: Location, code: str, **values: object) -> None:
        """Keep a problem at a place of this file."""
        self.problems.append(self.problem(location, code, **values))

    @property
    def readable(self) -> bool:
        """Whether there is anything in the file that a model could be held against."""
        return self.data is not None


def write_path(location: Location) -> str:
    """Return a place within a file as people write it: `clocks[2].start[0].event`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def read_document(path: Path) -> Document:
    """Read a file; whatever is wrong with its bytes or its YAML is in `problems`, nothing is raised."""
    document = Document(path.name)
    text = _read_text(path, document)
    if text is None:
        return document
    try:
        if _is_too_deep(text):
            document.problems.append(Problem(document.file, "", "too_deep"))
            return document
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        reason = " ".join(part for part in (error.context, error.problem) if part)
        document.problems.append(Problem(document.file, "", "yaml_syntax", line, {"reason": reason}))
        return document
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        document.problems.append(Problem(document.file, "", "yaml_syntax", None, {"reason": reason}))
        return document
    if root is None:
        document.problems.append(Problem(document.file, "", "empty_file"))
        return document
    document.data = _Reader(document).read(root, ())
    return document


def _is_too_deep(text: str) -> bool:
    """Ask before the nodes are composed: libyaml's composer recurses and takes the process down with it."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            return True
    return False


def _read_text(path: Path, document: Document) -> str | None:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        document.problems.append(Problem(document.file, "", "no_file"))
        return None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        document.problems.append(Problem(document.file, "", "unreadable_file", None, {"reason": reason}))
        return None
    if len(raw) > MAX_BYTES:
        document.problems.append(Problem(document.file, "", "too_large", None, {"bytes": str(MAX_BYTES)}))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        document.problems.append(Problem(document.file, "", "not_utf8", line))
        return None


class _Reader:
    """Turns YAML nodes into plain values, keeping lines and refusing what a reader could misread."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._seen: set[int] = set()

    def read(self, node: Node, location: Location) -> Any:
        """Return the value of a node; every scalar is text, or None where nothing stands."""
        self._document.lines.setdefault(location, node.start_mark.line + 1)
        if id(node) in self._seen:
            self._document.add(location, "alias")
            return None
        self._seen.add(id(node))
        if node.tag not in _PLAIN_TAGS:
            self._document.add(location, "tag", tag=node.tag)
        if isinstance(node, MappingNode):
            return self._read_mapping(node, location)
        if isinstance(node, SequenceNode):
            return [self.read(item, (*location, position)) for position, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return None if not node.style and node.value in _NULLS else node.value

    def _read_mapping(self, node: MappingNode, location: Location) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, ScalarNode):
                self._document.lines.setdefault(location, key.start_mark.line + 1)
                self._document.add(location, "key_not_text")
                continue
            name: str = key.value
            if name in values:
                line = key.start_mark.line + 1
                path = write_path((*location, name))
                self._document.problems.append(Problem(self._document.file, path, "duplicate_key", line))
                continue
            self._document.lines[(*location, name)] = key.start_mark.line + 1
            values[name] = self.read(item, (*location, name))
        return values

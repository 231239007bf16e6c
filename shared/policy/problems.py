"""What is wrong with a policy, said so that whoever edits the file finds the line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from shared.errors import FieldProblem, InvalidInput
from shared.yaml_files import read_yaml

_MESSAGES = Path(__file__).with_name("messages.yaml")


@cache
def _messages() -> Mapping[str, Mapping[str, str]]:
    return read_yaml(_MESSAGES)


def known_codes() -> frozenset[str]:
    """Return every reason that the catalogue words."""
    return frozenset(_messages())


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in one file of a policy, worded by the catalogue `messages.yaml`.

    `path` is written as `clocks[2].start[0].event`, empty for the file as a whole; `line` counts from 1.
    """

    file: str
    path: str
    code: str
    line: int | None = None
    values: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def reason(self) -> str:
        """The reason in English."""
        return _messages()[self.code]["en"].format_map(self.values)

    @property
    def reason_zh(self) -> str:
        """The reason in Chinese."""
        return _messages()[self.code]["zh"].format_map(self.values)

    @property
    def place(self) -> str:
        """Where it stands, as editors and terminals link it: `clocks.yaml:12`."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


class PolicyError(InvalidInput):
    """A policy that cannot be used; `found` holds every problem, not only the first."""

    slug = "policy-error"

    def __init__(self, folder: Path, found: Sequence[Problem]) -> None:
        """Word the first problem in the sentence and count the others."""
        first = found[0]
        where = " ".join(part for part in (first.place, first.path) if part)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        super().__init__(
            f"The policy in {folder} cannot be used: {where}: {first.reason}{more}.",
            problems=[
                FieldProblem(" ".join(part for part in (one.place, one.path) if part), one.reason)
                for one in found
            ],
        )
        self.folder = folder
        self.found = tuple(found)

"""The administrative divisions: who lies under whom, and what a division is called on the bus.

Codes follow GB/T 2260 and the statistical division codes: six digits for a municipality (`500000`) or
a district (`500104`), nine for a township (`500104102`), twelve for a village (`500104102001`).
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from shared.errors import FieldProblem, InvalidInput

Level = Literal["municipality", "district", "township", "village"]

LEVELS: tuple[Level, ...] = ("municipality", "district", "township", "village")

CODE_PATTERN = r"^[1-9]\d{5}(\d{3}(\d{3})?)?$"

DivisionCode = Annotated[str, StringConstraints(pattern=CODE_PATTERN, strict=True)]
"""A division's code as it stands in the register: 6, 9 or 12 digits."""


@dataclass(frozen=True, slots=True)
class Division:
    """One administrative unit."""

    code: str
    name: str
    level: Level
    parent: str | None


class UnknownDivision(InvalidInput):
    """A code that the register does not hold."""

    slug = "unknown-division"

    def __init__(self, code: str, field: str = "division") -> None:
        super().__init__(
            f"The register of divisions does not hold {code!r}.",
            problems=[FieldProblem(field, f"unknown division {code!r}")],
        )


class DivisionRegister:
    """All divisions that an installation knows, held in memory (12,340 units take about 4 MB)."""

    def __init__(self, divisions: Sequence[Division]) -> None:
        self._by_code = {division.code: division for division in divisions}
        self._children: dict[str, list[Division]] = defaultdict(list)
        for division in divisions:
            if division.parent is not None:
                if division.parent not in self._by_code:
                    raise ValueError(f"division {division.code} has an unknown parent {division.parent}")
                self._children[division.parent].append(division)

    @classmethod
    def load(cls, path: Path) -> "DivisionRegister":
        """Read the register from a CSV file with the columns code, name, level, parent.

        Raises ValueError that names file and line when a row cannot be read.
        """
        divisions: list[Division] = []
        with path.open(encoding="utf-8", newline="") as file:
            for line, row in enumerate(csv.DictReader(file), start=2):
                level = row.get("level")
                if not row.get("code") or not row.get("name") or level not in LEVELS:
                    raise ValueError(f"{path}:{line}: a division needs a code, a name and a known level")
                divisions.append(Division(row["code"], row["name"], level, row["parent"] or None))
        return cls(divisions)

    def __len__(self) -> int:
        return len(self._by_code)

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def get(self, code: str, field: str = "division") -> Division:
        """Return the division; raises UnknownDivision naming `field`."""
        try:
            return self._by_code[code]
        except KeyError:
            raise UnknownDivision(code, field) from None

    def parents(self, code: str) -> tuple[Division, ...]:
        """Return the units above, nearest first, without the unit itself."""
        found: list[Division] = []
        parent = self.get(code).parent
        while parent is not None:
            division = self._by_code[parent]
            found.append(division)
            parent = division.parent
        return tuple(found)

    def lineage(self, code: str) -> tuple[Division, ...]:
        """Return the unit and those above it, nearest first."""
        return (self.get(code), *self.parents(code))

    def full_name(self, code: str) -> str:
        """Return the names from the top down, as an address is written: 重庆市大渡口区建胜镇…."""
        return "".join(division.name for division in reversed(self.lineage(code)))

    def children(self, code: str) -> Sequence[Division]:
        """Return the units directly below, in the register's order."""
        return self._children.get(code, [])

    def part(self, under: Sequence[str]) -> "DivisionRegister":
        """Return the divisions that lie under one of `under`, with all units above them; all without any.

        Raises UnknownDivision.
        """
        if not under:
            return self
        above = {unit.code for code in under for unit in self.lineage(code)}
        return DivisionRegister(
            [
                unit
                for unit in self._by_code.values()
                if unit.code in above or any(contains(code, unit.code) for code in under)
            ]
        )

    def units(self) -> Sequence[Division]:
        """Return every unit, in the register's order."""
        return list(self._by_code.values())


def subtree_prefix(code: str) -> str:
    """Return the digits that all codes of a division's subtree begin with: 500000 → 50, 500104 → 500104."""
    return code[:2] if len(code) == 6 and code.endswith("0000") else code


def contains(ancestor: str, code: str) -> bool:
    """Tell whether `code` is `ancestor` or lies below it."""
    return code.startswith(subtree_prefix(ancestor))


def subtree_bounds(code: str) -> tuple[str, str]:
    """Return bounds for SQL: every code of the subtree is `>= low` and `< high` in the C collation."""
    prefix = subtree_prefix(code)
    return prefix, prefix + "~"


def _tokens(code: str) -> tuple[str, str, str, str]:
    padded = code.ljust(12, "0")
    return padded[:2], padded[2:6], padded[6:9], padded[9:12]


def subject_tokens(code: str) -> str:
    """Return a division as the last four tokens of a subject: 500104 → `50.0104.000.000`."""
    return ".".join(_tokens(code))


def subtree_wildcard(code: str) -> str:
    """Return the subject wildcard of a subtree: 500104 → `50.0104.>`, a village → its four tokens."""
    province, county, township, village = _tokens(code)
    if village != "000":
        return f"{province}.{county}.{township}.{village}"
    if township != "000":
        return f"{province}.{county}.{township}.>"
    return f"{province}.{county}.>" if county != "0000" else f"{province}.>"

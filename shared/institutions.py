"""The institutions that may report results and cases: laboratories, hospitals, health centres."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.errors import FieldProblem, InvalidInput
from shared.personal_numbers import number_in

KINDS = ("disease-control", "hospital", "township-health-centre", "third-party")


@dataclass(frozen=True, slots=True)
class Institution:
    """One institution; `division` is where it stands, not how far it may report."""

    code: str
    name: str
    kind: str
    division: str


class UnknownInstitution(InvalidInput):
    """A code that the register of institutions does not hold."""

    slug = "unknown-institution"

    def __init__(self, code: str, field: str = "institution") -> None:
        super().__init__(
            f"The register of institutions does not hold {code!r}.",
            problems=[FieldProblem(field, f"unknown institution {code!r}")],
        )


class InstitutionRegister:
    """All institutions that an installation knows, held in memory."""

    def __init__(self, institutions: Sequence[Institution]) -> None:
        self._by_code = {institution.code: institution for institution in institutions}

    @classmethod
    def load(cls, path: Path) -> "InstitutionRegister":
        """Read the register from a CSV file; raises ValueError that names file and line."""
        institutions: list[Institution] = []
        with path.open(encoding="utf-8", newline="") as file:
            for line, row in enumerate(csv.DictReader(file), start=2):
                if not all(row.get(column) for column in ("code", "name", "kind", "division")):
                    raise ValueError(f"{path}:{line}: an institution needs code, name, kind and division")
                if row["kind"] not in KINDS:
                    raise ValueError(
                        f"{path}:{line}: unknown kind {row['kind']!r}, one of {', '.join(KINDS)}"
                    )
                for column in ("code", "name"):
                    if (reason := number_in(row[column])) is not None:
                        raise ValueError(f"{path}:{line}: the {column} of an institution {reason}")
                institutions.append(Institution(row["code"], row["name"], row["kind"], row["division"]))
        return cls(institutions)

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def get(self, code: str, field: str = "institution") -> Institution:
        """Return the institution; raises UnknownInstitution naming `field`."""
        try:
            return self._by_code[code]
        except KeyError:
            raise UnknownInstitution(code, field) from None

    def name_of(self, code: str) -> str:
        """Return what an institution is called; its code when the register does not hold it any more."""
        institution = self._by_code.get(code)
        return code if institution is None else institution.name

    def of_kind(self, kind: str, division: str) -> Institution | None:
        """Return the institution of a kind that stands in exactly this division; None when there is none."""
        return next(
            (one for one in self._by_code.values() if (one.kind, one.division) == (kind, division)), None
        )

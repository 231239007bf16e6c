"""A laboratory 检测机构: an institution of the register, and what is known of what it can do (city §6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time

from shared.errors import FieldProblem
from shared.institutions import Institution
from shared.policy.laboratories import LedgerLaw, Named


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift 班次 and how many tubes it can test; it may end on the next day."""

    name: str
    begins_at: time
    ends_at: time
    tubes: int


@dataclass(frozen=True, slots=True)
class Staff:
    """How many people of a role there are, and how many the shifts need."""

    role: str
    present: int
    needed: int


@dataclass(frozen=True, slots=True)
class Instruments:
    """How many instruments of a kind work, and how many the shifts need."""

    kind: str
    working: int
    needed: int


@dataclass(frozen=True, slots=True)
class Stock:
    """For how many tubes a material lasts."""

    material: str
    tubes: int
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Accreditation:
    """By what a laboratory may test, and until when 资质."""

    scheme: str
    number: str
    valid_until: date


@dataclass(frozen=True, slots=True)
class LaboratoryFacts:
    """What a laboratory is said to have."""

    shifts: tuple[Shift, ...]
    staff: tuple[Staff, ...] = ()
    instruments: tuple[Instruments, ...] = ()
    stocks: tuple[Stock, ...] = ()
    accreditation: Accreditation | None = None

    @property
    def tubes_per_day(self) -> int:
        """What all shifts of a day can do together."""
        return sum(shift.tubes for shift in self.shifts)


@dataclass(frozen=True, slots=True)
class Laboratory:
    """A laboratory as it stands in the register."""

    code: str
    division: str
    kind: str
    facts: LaboratoryFacts


def problems_of(facts: LaboratoryFacts, institution: Institution, law: LedgerLaw) -> list[FieldProblem]:
    """Return why an institution cannot be registered as a laboratory with these facts; empty when it can."""
    problems: list[FieldProblem] = []
    if institution.kind not in law.kinds:
        allowed = ", ".join(law.kinds)
        problems.append(
            FieldProblem("code", f"a {institution.kind} is no laboratory; these may be: {allowed}")
        )
    problems += _problems_of_names("shifts", "name", [shift.name for shift in facts.shifts], None)
    problems += _problems_of_names("staff", "role", [one.role for one in facts.staff], law.staff)
    problems += _problems_of_names(
        "instruments", "kind", [one.kind for one in facts.instruments], law.instruments
    )
    problems += _problems_of_names(
        "stocks", "material", [one.material for one in facts.stocks], law.materials
    )
    return problems


def _problems_of_names(
    field: str, name: str, given: Sequence[str], known: Iterable[Named] | None
) -> list[FieldProblem]:
    """Names stand once, and are those of the policy where it has a list."""
    allowed = None if known is None else {one.id for one in known}
    seen: set[str] = set()
    problems: list[FieldProblem] = []
    for position, value in enumerate(given):
        place = f"{field}.{position}.{name}"
        if allowed is not None and value not in allowed:
            problems.append(FieldProblem(place, f"is none of {', '.join(sorted(allowed))}"))
        elif value in seen:
            problems.append(FieldProblem(place, "stands twice"))
        seen.add(value)
    return problems

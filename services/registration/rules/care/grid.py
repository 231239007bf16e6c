"""The responsibility grid 责任网格: who answers for which village, block and building, and what is missing.

Three levels answer for every village or community, the village secretary for its blocks and buildings, grid
workers for the grids (渡建胜肺炎组发〔2021〕2号 §5). Which roles these are is the policy's.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.divisions import Division, contains, subtree_prefix
from shared.errors import FieldProblem
from shared.policy.care import CareFile


@dataclass(frozen=True, slots=True)
class GridPlace:
    """A village, or one part of it; where somebody lives in it may not be known."""

    division: str
    block: str | None = None
    building: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether no part is named."""
        return self.block is None and self.building is None


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who can be responsible, without name and telephone, which stay sealed."""

    id: UUID
    key: str
    """The mark by which the office knows them."""
    division: str
    """The division whose office keeps the entry."""
    roles: tuple[str, ...]
    working: bool
    """False once they have left; then they answer for nobody."""


@dataclass(frozen=True, slots=True)
class Responsibility:
    """That somebody holds a role for a place and all that lies below it."""

    staff_id: UUID
    key: str
    role: str
    place: GridPlace

    def answers_for(self, place: GridPlace) -> bool:
        """Tell whether a place lies in the scope of this responsibility.

        Of somebody whose building is not known, everybody who answers for a part of the village is in scope.
        """
        own = self.place
        if not contains(own.division, place.division):
            return False
        if own.is_whole or place.is_whole:
            return True
        if own.building is None:
            return own.block == place.block
        return own.building == place.building and own.block in (None, place.block)

    def nearness_to(self, place: GridPlace) -> tuple[int, int]:
        """Return how near the scope lies: the lower division first, then the narrower part."""
        own = self.place
        part = 0 if place.is_whole else (own.block is not None) + 2 * (own.building is not None)
        return len(subtree_prefix(own.division)), part


@dataclass(frozen=True, slots=True)
class VillageGrid:
    """Who answers for one village and its parts, and who is missing."""

    village: Division
    levels: Mapping[str, tuple[Responsibility, ...]]
    """Role of the three levels → who holds it, those named nearest."""
    parts: Mapping[GridPlace, tuple[Responsibility, ...]]
    """Each part that the grid names → who answers for exactly this part."""
    missing_levels: tuple[str, ...]
    uncovered_buildings: tuple[GridPlace, ...]

    @property
    def has_gaps(self) -> bool:
        """Whether anything is missing."""
        return bool(self.missing_levels or self.uncovered_buildings)


def village_grid(
    village: Division, law: CareFile, at_work: Iterable[Responsibility], named: Iterable[GridPlace]
) -> VillageGrid:
    """Return the grid of a village from the responsibilities of those at work, for it and above it.

    `named` are the parts that anybody was ever named for: a building does not vanish with its grid worker.
    """
    whole = GridPlace(village.code)
    mine = sorted(
        (held for held in at_work if held.answers_for(whole)), key=lambda held: (held.role, held.key)
    )
    parts = sorted(
        {place for place in named if place.division == village.code and not place.is_whole}, key=_in_order
    )
    levels = {role: nearest(mine, role, whole) for role in law.levels.roles}
    workers = [held for held in mine if held.role == law.buildings.role]
    return VillageGrid(
        village=village,
        levels=levels,
        parts={place: tuple(held for held in mine if held.place == place) for place in parts},
        missing_levels=tuple(role for role, held in levels.items() if not held),
        uncovered_buildings=tuple(
            place
            for place in parts
            if place.building is not None and not any(held.answers_for(place) for held in workers)
        ),
    )


def nearest(held: Iterable[Responsibility], role: str, place: GridPlace) -> tuple[Responsibility, ...]:
    """Return those who hold a role for a place and are named nearest to it; nobody when none does."""
    found = [one for one in held if one.role == role and one.answers_for(place)]
    best = max((one.nearness_to(place) for one in found), default=None)
    return tuple(one for one in found if one.nearness_to(place) == best)


def _in_order(place: GridPlace) -> tuple[str, str, str]:
    return place.division, place.block or "", place.building or ""


def staff_problems(staff: Staff, law: CareFile) -> list[FieldProblem]:
    """Return why somebody cannot be on the grid."""
    known = {role.id for role in law.roles}
    return [
        FieldProblem(f"roles.{position}", f"is none of {', '.join(sorted(known))}")
        for position, role in enumerate(staff.roles)
        if role not in known
    ]


def responsibility_problems(
    role: str, place: GridPlace, level: str, held_roles: Container[str], law: CareFile
) -> list[FieldProblem]:
    """Return why somebody cannot hold a role for a place of a level, field by field."""
    known = next((one for one in law.roles if one.id == role), None)
    if known is None:
        return [FieldProblem("role", f"is none of {', '.join(sorted(one.id for one in law.roles))}")]
    problems: list[FieldProblem] = []
    if role not in held_roles:
        problems.append(FieldProblem("role", "is not among the roles of this person"))
    if level not in known.named_for:
        problems.append(FieldProblem("division", f"a {role} is named for: {', '.join(known.named_for)}"))
    if not place.is_whole and not known.parts:
        field = "block" if place.block is not None else "building"
        problems.append(FieldProblem(field, f"a {role} answers for a division as a whole"))
    return problems


def lineage(division: str) -> tuple[str, ...]:
    """Return the codes of a division and of all above it, nearest first; they follow from its digits."""
    return tuple(dict.fromkeys((division, division[:9], division[:6], division[:2] + "0000")))

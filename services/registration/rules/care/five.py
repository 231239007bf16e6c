"""Five for one 五包一: five people answer for each returned person (渡建胜肺炎组发〔2021〕2号 §5).

Which five roles is the policy's. Whoever is named nearest to the person's village answers, of these the one
with the fewest charges, of equals the first by id; nobody is ever asked to answer for somebody out of scope.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.registration.rules.care.grid import GridPlace, Responsibility, lineage, nearest


@dataclass(frozen=True, slots=True)
class Charge:
    """That somebody answers for a person in a role."""

    person_id: UUID
    role: str
    staff_id: UUID


@dataclass(frozen=True, slots=True)
class CaredFor:
    """Somebody under care, where they live, and who answers for them now."""

    person_id: UUID
    place: GridPlace
    charges: tuple[Charge, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to change so that as many roles as possible are held."""

    ended: tuple[Charge, ...]
    """Charges of those who have left or are out of scope."""
    begun: tuple[Charge, ...]
    missing: Mapping[UUID, tuple[str, ...]]
    """Person → the roles that nobody can hold, in the policy's order; everybody who was looked at."""


def assign(
    people: Iterable[CaredFor],
    roles: Sequence[str],
    at_work: Iterable[Responsibility],
    charges: Mapping[UUID, int],
) -> Assignment:
    """Give each person whoever is lacking; what stands already stays, however unequal.

    `at_work` are the responsibilities of those who have not left, `charges` how many charges each of them
    has. The outcome does not depend on the order of anything.
    """
    pool = _Pool(at_work, charges)
    ended: list[Charge] = []
    begun: list[Charge] = []
    missing: dict[UUID, tuple[str, ...]] = {}
    ordered = sorted(people, key=lambda one: one.person_id)
    standing: dict[UUID, set[str]] = {}
    for person in ordered:
        kept = [charge for charge in person.charges if pool.stands(charge, person.place)]
        for charge in person.charges:
            if charge not in kept:
                pool.release(charge)
                ended.append(charge)
        standing[person.person_id] = {charge.role for charge in kept}
    for person in ordered:
        lacking: list[str] = []
        for role in roles:
            if role in standing[person.person_id]:
                continue
            if (charge := pool.take(person, role)) is None:
                lacking.append(role)
            else:
                begun.append(charge)
        missing[person.person_id] = tuple(lacking)
    return Assignment(tuple(ended), tuple(begun), missing)


def may_answer(staff_id: UUID, role: str, place: GridPlace, at_work: Iterable[Responsibility]) -> bool:
    """Tell whether somebody holds a role for a place, near or far."""
    return any(
        held.staff_id == staff_id and held.role == role and held.answers_for(place) for held in at_work
    )


class _Pool:
    """Everybody at work with the number of their charges, found by role and division."""

    def __init__(self, at_work: Iterable[Responsibility], charges: Mapping[UUID, int]) -> None:
        self._charges = defaultdict(int, charges)
        self._by_role: dict[str, dict[str, list[Responsibility]]] = defaultdict(lambda: defaultdict(list))
        for held in at_work:
            self._by_role[held.role][held.place.division].append(held)

    def stands(self, charge: Charge, place: GridPlace) -> bool:
        return may_answer(charge.staff_id, charge.role, place, self._around(charge.role, place))

    def release(self, charge: Charge) -> None:
        self._charges[charge.staff_id] -= 1

    def take(self, person: CaredFor, role: str) -> Charge | None:
        found = nearest(self._around(role, person.place), role, person.place)
        if not found:
            return None
        chosen = min(found, key=lambda held: (self._charges[held.staff_id], held.key))
        self._charges[chosen.staff_id] += 1
        return Charge(person.person_id, role, chosen.staff_id)

    def _around(self, role: str, place: GridPlace) -> list[Responsibility]:
        of_role = self._by_role[role]
        return [held for division in lineage(place.division) for held in of_role.get(division, ())]

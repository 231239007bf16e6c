"""Fill the responsibility grid: people with sealed details, and what they answer for; each row is judged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.registration.rules.care.grid import (
    Responsibility,
    Staff,
    responsibility_problems,
    staff_problems,
)
from services.registration.rules.care.grid_document import ReadEntry, ResponsibilityEntry, StaffEntry
from services.registration.storage import charges, grid
from services.registration.storage.grid import (
    StaffDetails,
    StoredResponsibility,
    StoredStaff,
    open_details,
    responsibility_id_of,
    seal_details,
    staff_id_of,
)
from shared.access import Principal
from shared.divisions import DivisionRegister
from shared.errors import FieldProblem, NotFound
from shared.policy.care import CareFile
from shared.postgres import Connection, Database
from shared.sealing import Sealer, Unsealable
from shared.verdicts import OUTSIDE, RowVerdict, Verdict


@dataclass(frozen=True, slots=True)
class GridTools:
    """What filling the grid needs besides the rows."""

    database: Database
    register: DivisionRegister
    law: CareFile
    sealer: Sealer


async def fill_grid(
    tools: GridTools,
    entries: Sequence[ReadEntry],
    *,
    principal: Principal,
    now: datetime,
    keep_roles: bool = False,
) -> list[RowVerdict]:
    """Store what can be stored, in one transaction, and say of each row what became of it, in their order.

    People come before responsibilities, wherever they stand. Whoever lacks somebody is looked at again, and
    so is everybody for whom one of those answers who have left (渡建胜肺炎组发〔2021〕2号 §5). With
    `keep_roles` people keep the roles that they have on record beside those of their row.
    """
    named = {read.entry.id for read in entries if isinstance(read.entry, StaffEntry)}
    named |= {read.entry.person for read in entries if isinstance(read.entry, ResponsibilityEntry)}
    async with tools.database.transaction() as connection:
        await charges.take_turn(connection)
        known = dict(await grid.find_staff(connection, sorted(named)))
        filling = _Filling(tools, principal, known, keep_roles)
        verdicts: dict[int, RowVerdict] = {}
        for position, read in enumerate(entries):
            if isinstance(read.entry, StaffEntry):
                verdicts[position] = filling.take_person(read.entry)
        for position, read in enumerate(entries):
            if isinstance(read.entry, ResponsibilityEntry):
                verdicts[position] = filling.take_responsibility(read.entry)
            elif read.entry is None:
                verdicts[position] = RowVerdict(Verdict.REFUSED, None, read.problems)
        new = await _store(connection, filling, now)
    return [_known_or_new(verdicts[position], filling, new) for position in range(len(entries))]


async def drop_responsibility(
    database: Database, responsibility_id: UUID, *, principal: Principal, now: datetime
) -> None:
    """Take a responsibility off the grid; whoever was charged by it is looked at again.

    Raises NotFound for one that is not there or outside the subtree.
    """
    async with database.transaction() as connection:
        await charges.take_turn(connection)
        stored = await grid.find_responsibility(connection, responsibility_id)
        if stored is None:
            raise NotFound("This responsibility does not exist.")
        principal.must_find(stored.held.place.division, "This responsibility")
        await grid.drop_responsibility(connection, responsibility_id)
        await charges.look_at_charges_of(connection, [stored.held.staff_id])


@dataclass(slots=True)
class _Filling:
    """One filling under way: the people that are known, those of this document included, and what is new."""

    tools: GridTools
    principal: Principal
    known: dict[str, StoredStaff]
    keep_roles: bool = False
    people: dict[UUID, StoredStaff] = field(default_factory=dict[UUID, StoredStaff])
    responsibilities: dict[UUID, StoredResponsibility] = field(
        default_factory=dict[UUID, StoredResponsibility]
    )

    def take_person(self, entry: StaffEntry) -> RowVerdict:
        """Judge a person, and keep one that is new or changed for storing."""
        held = self.known.get(entry.id)
        kept = held.staff.roles if held is not None and self.keep_roles else ()
        roles = tuple(sorted({*entry.roles, *kept}))
        staff = Staff(staff_id_of(entry.id), entry.id, entry.division, roles, entry.working)
        problems = [*self._division_problems(entry.division), *staff_problems(staff, self.tools.law)]
        if held is not None and not self.principal.reaches(held.staff.division):
            problems.append(FieldProblem("id", "is kept by an office outside the subtree of this key"))
        if problems:
            return RowVerdict(Verdict.REFUSED, None, tuple(problems))
        details = StaffDetails(entry.name, entry.telephone)
        if held is not None and held.staff == staff and self._opened(held) == details:
            return RowVerdict(Verdict.DUPLICATE, staff.id)
        stored = StoredStaff(staff, seal_details(self.tools.sealer, staff.id, details))
        self.known[entry.id] = self.people[staff.id] = stored
        return RowVerdict(Verdict.STORED, staff.id)

    def take_responsibility(self, entry: ResponsibilityEntry) -> RowVerdict:
        """Judge a responsibility, and keep it for storing; whether it is new the storing tells."""
        place, problems = entry.place, self._division_problems(entry.division)
        stored = self.known.get(entry.person)
        if stored is None or not self.principal.reaches(stored.staff.division):
            problems.append(FieldProblem("person", "is not on the grid of this key's subtree"))
        if problems or stored is None:
            return RowVerdict(Verdict.REFUSED, None, tuple(problems))
        level = self.tools.register.get(entry.division).level
        wrong = responsibility_problems(entry.role, place, level, stored.staff.roles, self.tools.law)
        if wrong:
            return RowVerdict(Verdict.REFUSED, None, tuple(wrong))
        id_ = responsibility_id_of(entry.person, entry.role, place)
        verdict = Verdict.DUPLICATE if id_ in self.responsibilities else Verdict.STORED
        held = Responsibility(stored.staff.id, entry.person, entry.role, place)
        self.responsibilities[id_] = StoredResponsibility(id_, held)
        return RowVerdict(verdict, id_)

    def _division_problems(self, division: str) -> list[FieldProblem]:
        if division not in self.tools.register:
            return [FieldProblem("division", f"unknown division {division!r}")]
        return [] if self.principal.reaches(division) else [OUTSIDE]

    def _opened(self, stored: StoredStaff) -> StaffDetails | None:
        try:
            return open_details(self.tools.sealer, stored)
        except Unsealable:
            return None  # sealed with a key that is gone: writing it anew mends it


async def _store(connection: Connection, filling: _Filling, now: datetime) -> set[UUID]:
    """Write what is new, let those be looked at whom it concerns, and return the new responsibilities."""
    if filling.people:
        await grid.save_staff(connection, list(filling.people.values()), now)
    new: set[UUID] = set()
    if filling.responsibilities:
        new = await grid.add_responsibilities(connection, list(filling.responsibilities.values()), now)
    divisions = {filling.responsibilities[id_].held.place.division for id_ in new}
    divisions |= set(await grid.divisions_of_staff(connection, filling.people))
    await charges.look_at_charges_of(connection, filling.people)
    await charges.look_at_missing(connection, divisions)
    return new


def _known_or_new(verdict: RowVerdict, filling: _Filling, new: set[UUID]) -> RowVerdict:
    known = verdict.id in filling.responsibilities and verdict.id not in new
    return RowVerdict(Verdict.DUPLICATE, verdict.id) if known else verdict

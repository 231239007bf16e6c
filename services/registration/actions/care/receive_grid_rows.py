"""Fill the grid from a ledger with somebody, a role and a place in each row, and answer for each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.registration.actions.care.fill_grid import GridTools, fill_grid
from services.registration.rules.care.grid_document import ReadEntry, ResponsibilityEntry, StaffEntry
from shared.access import Principal
from shared.errors import FieldProblem
from shared.policy.care import CareFile
from shared.verdicts import RowVerdict, Verdict

ANOTHER = FieldProblem("id", "stands further up with another name, telephone, division or state")


@dataclass(frozen=True, slots=True)
class GridRow:
    """Somebody with one role, and for what they hold it."""

    staff: StaffEntry
    held: ResponsibilityEntry


async def receive_grid_rows(
    tools: GridTools, rows: Sequence[GridRow], *, principal: Principal, now: datetime
) -> list[RowVerdict]:
    """Return a verdict for each row, in their order; the good ones are stored in one transaction.

    A ledger adds: whoever stands in several rows holds all their roles, beside those on record. Of whoever
    has left only that is kept (渡建胜肺炎组发〔2021〕2号 §5).
    """
    people: dict[str, StaffEntry] = {}
    problems = [_take(row, people, tools.law) for row in rows]
    good = [row for row, wrong in zip(rows, problems, strict=True) if wrong is None]
    held = [row.held for row in good if row.staff.working]
    entries = [ReadEntry("", entry) for entry in (*people.values(), *held)]
    verdicts = await fill_grid(tools, entries, principal=principal, now=now, keep_roles=True)
    of_people = dict(zip(people, verdicts[: len(people)], strict=True))
    of_held = iter(verdicts[len(people) :])
    return [
        _joined(of_people[row.staff.id], next(of_held) if row.staff.working else None)
        if wrong is None
        else RowVerdict(Verdict.REFUSED, None, (wrong,))
        for row, wrong in zip(rows, problems, strict=True)
    ]


def _take(row: GridRow, people: dict[str, StaffEntry], law: CareFile) -> FieldProblem | None:
    """Add a row to whom it speaks of, or return why it cannot be."""
    known = [role.id for role in law.roles]
    if row.held.role not in known:
        return FieldProblem("role", f"is none of {', '.join(known)}")
    told = people.get(row.staff.id, row.staff)
    if not _same(told, row.staff):
        return ANOTHER
    roles = tuple(sorted({*told.roles, *row.staff.roles}))
    people[row.staff.id] = told.model_copy(update={"roles": roles})
    return None


def _same(one: StaffEntry, other: StaffEntry) -> bool:
    return one.model_dump(exclude={"roles"}) == other.model_dump(exclude={"roles"})


def _joined(person: RowVerdict, held: RowVerdict | None) -> RowVerdict:
    """Return what became of a row; somebody who is new makes their row new."""
    if person.verdict is Verdict.REFUSED or held is None:
        return person
    if held.verdict is Verdict.DUPLICATE and person.verdict is Verdict.STORED:
        return RowVerdict(Verdict.STORED, held.id)
    return held

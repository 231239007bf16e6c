"""State entries of the register of households, and read it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from services.testing.rules.campaigns.resident import Resident, problems_of
from services.testing.rules.results.result import Registers
from services.testing.storage import residents
from services.testing.storage.residents import Entry, Position
from shared.errors import FieldProblem
from shared.postgres import Database
from shared.verdicts import OUTSIDE, RowVerdict, Verdict, store_good_rows

TWICE = FieldProblem("reference", "stands in another row of this batch with something else")


async def record_residents(
    database: Database,
    entries: Sequence[Resident],
    *,
    registers: Registers,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each entry, in their order; the good ones are stored in one transaction.

    What is stated again just so, or was recorded before what is on record, is `duplicate`.
    """

    def judge(one: Resident) -> Sequence[FieldProblem]:
        problems = problems_of(one, registers.divisions, one.recorded_at, now)
        return problems if problems or reaches(one.division) else [OUTSIDE]

    async def store(good: Sequence[Resident]) -> list[RowVerdict]:
        first: dict[UUID, Resident] = {}
        for one in good:
            first.setdefault(one.id, one)
        async with database.transaction() as connection:
            ordered = sorted(first.values(), key=lambda one: one.id.int)
            new = await residents.keep(connection, ordered, received_at=now)
        return [_verdict(one, first[one.id], new) for one in good]

    return await store_good_rows(entries, problems_of=judge, store=store)


def _verdict(one: Resident, first: Resident, new: set[UUID]) -> RowVerdict:
    if first is not one:
        if not first.says_the_same(one):
            return RowVerdict(Verdict.REFUSED, one.id, (TWICE,))
        return RowVerdict(Verdict.DUPLICATE, one.id)
    return RowVerdict(Verdict.STORED if one.id in new else Verdict.DUPLICATE, one.id)


async def read_residents(
    database: Database, bounds: tuple[str, str], building: str | None, after: Position, most: int
) -> list[Entry]:
    """Return entries of a subtree, or of its buildings of one name, in their order."""
    async with database.connection() as connection:
        return await residents.list_page(connection, bounds, building, after, most)

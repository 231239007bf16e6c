"""Take announced gatherings from a ledger: judge each row, keep the good ones, answer for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.registration.actions.places.announce_gathering import (
    NO_PLACE,
    SUSPENDED,
    finds_place,
    keep_gathering,
    suspending,
)
from services.registration.rules.places.gathering import GatheringStatement, problems_of
from services.registration.rules.places.law import PlacesLaw
from services.registration.sealed_contact import NamedContact
from shared.divisions import DivisionRegister
from shared.errors import FieldProblem
from shared.postgres import Connection, Database
from shared.sealing import Sealer
from shared.verdicts import OUTSIDE, RowVerdict, Verdict, store_good_rows


@dataclass(frozen=True, slots=True)
class Announced:
    """What is said of a gathering, with its organiser."""

    statement: GatheringStatement
    organiser: NamedContact


async def receive_gatherings(
    database: Database,
    sealer: Sealer,
    announced: Sequence[Announced],
    law: PlacesLaw,
    *,
    divisions: DivisionRegister,
    reaches: Callable[[str], bool],
    bounds: tuple[str, str],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each row, in their order; the good ones are kept in one transaction.

    A row that says what holds already is a repetition, whenever it was entered. Suspended kinds are
    refused, whatever the number of people (渡建胜肺炎组发〔2021〕2号 §14, §18).
    """

    def judge(one: Announced) -> Sequence[FieldProblem]:
        if problems := problems_of(one.statement, law.gatherings, now, divisions):
            return problems
        outside = [] if reaches(one.statement.division) else [OUTSIDE]
        return outside if suspending(one.statement, law) is None else [*outside, SUSPENDED]

    async def keep(connection: Connection, one: Announced) -> RowVerdict:
        if not await finds_place(connection, one.statement, bounds):
            return RowVerdict(Verdict.REFUSED, None, (NO_PLACE,))
        undated = replace(one.statement, is_dated=False)
        _, verdict = await keep_gathering(connection, sealer, undated, one.organiser, law.gatherings, now=now)
        return RowVerdict(verdict, one.statement.id)

    async def store(good: Sequence[Announced]) -> Sequence[RowVerdict]:
        verdicts: dict[int, RowVerdict] = {}
        in_order = sorted(enumerate(good), key=lambda row: (row[1].statement.id, row[0]))
        async with database.transaction() as connection:
            for position, one in in_order:  # in the order of ids, so that nobody waits crosswise
                verdicts[position] = await keep(connection, one)
        return [verdicts[position] for position in range(len(good))]

    return await store_good_rows(announced, problems_of=judge, store=store)

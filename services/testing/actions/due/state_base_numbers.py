"""State base numbers and members by name; the period that runs follows at once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from services.testing.actions.due.ask_tests import drop_in
from services.testing.rules.due.base_number import (
    BaseNumber,
    Member,
    problems_of_member,
    problems_of_number,
)
from services.testing.rules.due.law import DueLaw
from services.testing.storage import base_numbers, rounds
from services.testing.storage.base_numbers import StoredNumber
from shared.day_count import day_of
from shared.divisions import DivisionRegister
from shared.errors import FieldProblem
from shared.postgres import Connection, Database
from shared.verdicts import OUTSIDE, RowVerdict, Verdict, store_good_rows

TWICE = FieldProblem("kind", "stands twice for this unit in this batch; send it once")


async def state_base_numbers(
    database: Database,
    numbers: Sequence[BaseNumber],
    law: DueLaw,
    *,
    divisions: DivisionRegister,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each base number, in their order; the good ones hold from now on (town §9)."""

    def judge(number: BaseNumber) -> Sequence[FieldProblem]:
        problems = problems_of_number(number, law.kinds, divisions)
        return problems if problems or reaches(number.division) else [OUTSIDE]

    async def store(good: Sequence[BaseNumber]) -> list[RowVerdict]:
        first: dict[UUID, BaseNumber] = {}
        for number in good:
            first.setdefault(number.id, number)
        async with database.transaction() as connection:
            changed = await base_numbers.keep_numbers(connection, list(first.values()), now)
            await _bring_up_to_date(connection, changed, law, now)
        return [
            RowVerdict(Verdict.REFUSED, None, (TWICE,))
            if first[number.id] is not number
            else RowVerdict(_verdict((number.kind, number.division) in changed), number.id)
            for number in good
        ]

    return await store_good_rows(numbers, problems_of=judge, store=store)


async def state_members(
    database: Database,
    members: Sequence[Member],
    law: DueLaw,
    *,
    divisions: DivisionRegister,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each member, in their order; who has left is stated with the last day.

    A member owes a test in each period, by name; the unit's line without names shrinks by as many.
    """

    def judge(member: Member) -> Sequence[FieldProblem]:
        problems = problems_of_member(member, law.kinds, divisions)
        return problems if problems or reaches(member.division) else [OUTSIDE]

    async def store(good: Sequence[Member]) -> list[RowVerdict]:
        last = {(one.kind, one.division, one.subject_id): one for one in good}
        async with database.transaction() as connection:
            rows = [(one, law.kinds[one.kind]) for one in last.values()]
            changed = await base_numbers.keep_members(connection, rows, now)
            units = {(kind, division) for kind, division, _ in changed}
            await base_numbers.know_units(connection, units, now)
            await _drop_who_left(connection, [last[key] for key in changed], law, now)
            await _bring_up_to_date(connection, units, law, now)
        return [
            RowVerdict(_verdict((one.kind, one.division, one.subject_id) in changed), one.subject_id)
            for one in good
        ]

    return await store_good_rows(members, problems_of=judge, store=store)


def _verdict(changed: bool) -> Verdict:
    return Verdict.STORED if changed else Verdict.DUPLICATE


async def _bring_up_to_date(
    connection: Connection, units: Iterable[tuple[str, str]], law: DueLaw, now: datetime
) -> None:
    by_kind: defaultdict[str, list[str]] = defaultdict(list)
    for kind, division in sorted(units):
        by_kind[kind].append(division)
    for name, divisions in by_kind.items():
        period = law.period_of(law.kinds[name], day_of(now))
        if period is not None:
            await rounds.open_units(connection, law.kinds[name], period, divisions, now)


async def _drop_who_left(
    connection: Connection, members: Sequence[Member], law: DueLaw, now: datetime
) -> None:
    for name in sorted({one.kind for one in members}):
        period = law.period_of(law.kinds[name], day_of(now))
        left = [
            (one.division, one.subject_id)
            for one in members
            if one.kind == name and period and one.until_on and one.until_on < period.last_on
        ]
        if period is not None and left:
            drops = await rounds.drops_of_members(connection, law.kinds[name], period, left, now)
            await drop_in(connection, drops, now)


async def list_base_numbers(
    database: Database, bounds: tuple[str, str], after: tuple[str, str], *, now: datetime, most: int
) -> list[StoredNumber]:
    """Return base numbers of a subtree with how many are known by name."""
    async with database.connection() as connection:
        return await base_numbers.list_numbers(connection, bounds, after, day_of(now), most)


async def list_unstated(
    database: Database, kind: str, divisions: DivisionRegister, bounds: tuple[str, str]
) -> list[str]:
    """Return the villages of a subtree that have not stated their base number of a kind, in order."""
    low, high = bounds
    async with database.connection() as connection:
        stated = await base_numbers.stated_units(connection, kind, bounds)
    return sorted(
        unit.code
        for unit in divisions.units()
        if unit.level == "village" and low <= unit.code < high and unit.code not in stated
    )

"""Order tests by name, and take one back: whom an investigation finds near a case, or anybody on a day."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from services.testing.actions.due.ask_tests import ask_in, drop_in
from services.testing.rules.due.asking import Drop, Ordered, ask_of_order, problems_of_order
from services.testing.rules.due.law import DueLaw
from services.testing.storage import due_tests
from shared.day_count import day_of
from shared.divisions import DivisionRegister
from shared.errors import FieldProblem, NotFound
from shared.postgres import Database
from shared.verdicts import OUTSIDE, RowVerdict, Verdict, store_good_rows


async def order_tests(
    database: Database,
    orders: Sequence[Ordered],
    law: DueLaw,
    *,
    divisions: DivisionRegister,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each order, in their order; what stands already is a duplicate (town §17)."""

    def judge(order: Ordered) -> Sequence[FieldProblem]:
        problems = problems_of_order(order, law, divisions, day_of(now))
        return problems if problems or reaches(order.division) else [OUTSIDE]

    async def store(good: Sequence[Ordered]) -> list[RowVerdict]:
        asks = [ask_of_order(order, law, now) for order in good]
        async with database.transaction() as connection:
            await due_tests.lock_series(connection, {one.series for one in asks})
            standing = await due_tests.standing(connection, [one.due_id for one in asks])
            new = await ask_in(connection, [one for one in asks if one.due_id not in standing], now)
        told: set[UUID] = set()
        verdicts: list[RowVerdict] = []
        for one in asks:
            is_new = one.due_id in new and one.due_id not in told
            told.add(one.due_id)
            verdicts.append(RowVerdict(Verdict.STORED if is_new else Verdict.DUPLICATE, one.due_id))
        return verdicts

    return await store_good_rows(orders, problems_of=judge, store=store)


async def drop_test(
    database: Database,
    due_id: UUID,
    bounds: tuple[str, str],
    *,
    reason: str,
    received_from: str,
    now: datetime,
) -> datetime:
    """Take back a due test of a subtree and return since when; taking it back again changes nothing.

    Why, and by whom, stays on record. Raises NotFound for one that was never asked for.
    """
    async with database.transaction() as connection:
        asked = await due_tests.lock(connection, due_id, bounds)
        if asked is None:
            raise NotFound("There is no such due test.")
        if asked.dropped_at is not None:
            return asked.dropped_at
        await drop_in(connection, [Drop(due_id, asked.source, asked.division, now)], now)
        await due_tests.append_drop(connection, due_id, now, reason=reason, received_from=received_from)
    return now

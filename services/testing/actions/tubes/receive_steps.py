"""Take steps of the chain as they are told: judge each, store it, bring its tube up to date."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.testing.actions.tubes.settle_tubes import settle_tubes
from services.testing.rules.results.result import Registers
from services.testing.rules.tubes.chain import StepTold, problems_of
from services.testing.storage import tube_steps
from services.testing.storage.tube_steps import key_of
from services.testing.storage.tubes import look_again
from shared import outbox
from shared.errors import FieldProblem
from shared.postgres import Connection, Database
from shared.verdicts import RowVerdict, Verdict, store_good_rows

CONTRADICTION = "another step of this id and time is on record; a step is never changed, tell of a new one"


async def receive_steps(
    database: Database,
    told: Sequence[StepTold],
    *,
    registers: Registers,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each step, in their order; the good ones are stored in one transaction.

    A step is stored whether its tube is known or not, in order or not (city §8, §17).
    """

    def judge(one: StepTold) -> Sequence[FieldProblem]:
        return problems_of(one, registers, reaches(one.step.division), now)

    async def store(good: Sequence[StepTold]) -> list[RowVerdict]:
        return await _store(database, good, now)

    return await store_good_rows(told, problems_of=judge, store=store)


async def _store(database: Database, told: Sequence[StepTold], now: datetime) -> list[RowVerdict]:
    first = {key_of(one): one for one in reversed(told)}
    async with database.transaction() as connection:
        new = await tube_steps.insert_steps(connection, list(first.values()))
        missing = [key for key in first if key not in new]
        known = await tube_steps.steps_on_record(connection, missing) if missing else {}
        await _settle(connection, [one for key, one in first.items() if key in new], now)
    verdicts: list[RowVerdict] = []
    for one in told:
        key = key_of(one)
        if key in new and first[key] is one:
            verdicts.append(RowVerdict(Verdict.STORED, key[0]))
        elif known.get(key, first[key]).says_the_same(one):
            verdicts.append(RowVerdict(Verdict.DUPLICATE, key[0]))
        else:
            problem = FieldProblem("step_id", CONTRADICTION)
            verdicts.append(RowVerdict(Verdict.REFUSED, key[0], (problem,)))
    return verdicts


async def _settle(connection: Connection, new: Sequence[StepTold], now: datetime) -> None:
    """Bring the tubes up to date of which the steps are, and those in the boxes."""
    boxes = [(one.step.box or "", one.step.at) for one in new if one.step.tube_code is None]
    codes = {one.step.tube_code for one in new if one.step.tube_code is not None}
    if boxes:
        codes |= await tube_steps.codes_in_boxes(connection, boxes)
        await look_again(connection, "box", sorted({f"{at.isoformat()} {box}" for box, at in boxes}))
    tube_ids = await tube_steps.tubes_that_had(connection, codes)
    outcome = await settle_tubes(connection, tube_ids, now=now)
    await outbox.put(connection, outcome.events, now=now)

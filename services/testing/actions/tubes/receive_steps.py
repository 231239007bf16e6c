"""Take steps of the chain as they are told: judge each, store it, bring its tube up to date."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.testing.actions.tubes.settle_tubes import settle_tubes
from services.testing.rules.results.result import Registers
from services.testing.rules.tubes.chain import StepTold, problems_of
from services.testing.storage import tube_steps
from services.testing.storage.tube_steps import StepKey, key_of
from services.testing.storage.tubes import look_again
from shared import outbox
from shared.errors import FieldProblem
from shared.postgres import Connection, Database
from shared.verdicts import RowVerdict, Verdict, store_good_rows


@dataclass(frozen=True, slots=True)
class StepVerdict(RowVerdict):
    """What became of a step, and whether its tube is known to whoever told of it."""

    is_of_known_tube: bool = False


CONTRADICTION = "another step of this id and time is on record; a step is never changed, tell of a new one"


async def receive_steps(
    database: Database,
    told: Sequence[StepTold],
    *,
    registers: Registers,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[StepVerdict]:
    """Return a verdict for each step, in their order; the good ones are stored in one transaction.

    A step is stored whether its tube is known or not, in order or not (city §8, §17).
    """

    def judge(one: StepTold) -> Sequence[FieldProblem]:
        return problems_of(one, registers, reaches(one.step.division), now)

    known: set[str] = set()

    async def store(good: Sequence[StepTold]) -> list[RowVerdict]:
        verdicts, codes = await _store(database, good, now)
        known.update(code for code, division in codes if reaches(division))
        return verdicts

    verdicts = await store_good_rows(told, problems_of=judge, store=store)
    return [
        StepVerdict(verdict.verdict, verdict.id, verdict.problems, one.step.tube_code in known)
        for one, verdict in zip(told, verdicts, strict=True)
    ]


async def _store(
    database: Database, told: Sequence[StepTold], now: datetime
) -> tuple[list[RowVerdict], set[tuple[str, str]]]:
    """Return the verdicts, and the codes of tubes that are known, each with the tube's division."""
    first = {key_of(one): one for one in reversed(told)}
    async with database.transaction() as connection:
        new = await tube_steps.insert_steps(connection, list(first.values()))
        missing = [key for key in first if key not in new]
        known = await tube_steps.steps_on_record(connection, missing) if missing else {}
        codes = await _settle(connection, list(first.values()), new, now)
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
    return verdicts, codes


async def _settle(
    connection: Connection, told: Sequence[StepTold], new: Collection[StepKey], now: datetime
) -> set[tuple[str, str]]:
    """Bring tubes up to date, those in boxes as well; return the known codes, with their divisions."""
    fresh = [one for one in told if key_of(one) in new]
    boxes = [(one.step.box or "", one.step.at) for one in fresh if one.step.tube_code is None]
    codes = {one.step.tube_code for one in told if one.step.tube_code is not None}
    if boxes:
        codes |= await tube_steps.codes_in_boxes(connection, boxes)
        await look_again(connection, "box", sorted({f"{at.isoformat()} {box}" for box, at in boxes}))
    known = await tube_steps.tubes_that_had(connection, codes)
    if new:
        outcome = await settle_tubes(connection, known, now=now)
        await outbox.put(connection, outcome.events, now=now)
    return {(tube.code, tube.division) for tube in known.values()}

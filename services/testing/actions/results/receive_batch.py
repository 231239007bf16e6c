"""Take a batch of results: judge each row, store those that can be, say of each what became of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

from msgspec.structs import replace

from services.testing.actions.results.look_around import look_around
from services.testing.actions.results.store_results import Stored, store_results
from services.testing.rules.results.intake import place, remark_on_division
from services.testing.rules.results.result import Registers, positives_first, problems_of
from services.testing.storage.results import NewResult
from shared.errors import FieldProblem, Unavailable
from shared.postgres import Database
from shared.verdicts import OUTSIDE, RowVerdict, Verdict, store_good_rows

POSITIVES_ARE_STORED = (
    "The database does not answer; positives of this batch are on record, the rest may not be. Send it again."
)


async def receive_batch(
    database: Database,
    results: Sequence[NewResult],
    *,
    registers: Registers,
    reaches: Callable[[str], bool],
    wake: Callable[[], None],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each result, in their order; the good ones are stored.

    `reaches` tells whether the caller's subtree holds a division; a row outside it is refused, and so is one
    of a tube or of a registered laboratory outside it (`rules/results/intake.py`). The verdict of a
    row that is stored for its tube's division instead of the one stated says so. Positives are stored and
    told before the others, in a transaction of their own: they never wait for the rest of their batch
    (town §19, city §20). `wake` says that events are there to be sent. Raises Unavailable.
    """
    reached = cache(reaches)
    around = await look_around(database, [one.facts for one in results])

    def judge(result: NewResult) -> NewResult | Sequence[FieldProblem]:
        if problems := problems_of(result.facts, result.recorded_at, now, registers):
            return problems
        if not reached(result.facts.division):
            return [OUTSIDE]
        placed = place(result.facts, around, reached)
        if isinstance(placed, FieldProblem):
            return [placed]
        return (
            result
            if placed is result.facts
            else replace(result, facts=placed, stated_division=result.facts.division)
        )

    async def store(good: Sequence[NewResult | Sequence[FieldProblem]]) -> list[RowVerdict]:
        fit = [one for one in good if isinstance(one, NewResult)]
        stored = await _store(database, fit, wake, now)
        return [_verdict_of(one, result) for one, result in zip(stored, fit, strict=True)]

    judged = [judge(result) for result in results]
    return await store_good_rows(
        judged, problems_of=lambda one: () if isinstance(one, NewResult) else one, store=store
    )


async def _store(
    database: Database, good: Sequence[NewResult], wake: Callable[[], None], now: datetime
) -> Sequence[Stored]:
    urgent, others = positives_first([one.facts for one in good])
    if not urgent or not others:
        stored = await store_results(database, good, now=now)
        wake()
        return stored
    first = await store_results(database, [good[place] for place in urgent], now=now)
    wake()
    try:
        rest = await store_results(database, [good[place] for place in others], now=now)
    except Unavailable as error:
        raise Unavailable(POSITIVES_ARE_STORED) from error
    wake()
    fates = dict(zip((*urgent, *others), (*first, *rest), strict=True))
    return [fates[place] for place in range(len(good))]


def _verdict_of(stored: Stored, result: NewResult) -> RowVerdict:
    if stored.reason is None:
        remarks = remark_on_division(result.facts, result.stated_division)
        return RowVerdict(stored.verdict, stored.sample_id, remarks)
    return RowVerdict(Verdict.REFUSED, stored.sample_id, (FieldProblem("tube_code", stored.reason),))

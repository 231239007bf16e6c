"""Take reports of queues at sampling points as points send them, late and twice if need be."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.testing.rules.results.result import Registers
from services.testing.storage import campaign_counts, campaigns
from services.testing.storage.campaign_counts import Queue
from shared.divisions import contains
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.postgres import Database
from shared.verdicts import OUTSIDE, RowVerdict, Verdict, store_good_rows

UNKNOWN = FieldProblem("campaign", "is no campaign in which this division takes part")
OTHERWISE = FieldProblem("waiting", "another number is on record of this point and moment")


async def report_queues(
    database: Database,
    reports: Sequence[tuple[str, Queue]],
    *,
    registers: Registers,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each report, which comes with its campaign's code; the good ones are stored."""
    async with database.connection() as connection:
        found = {code: await campaigns.find(connection, code) for code in {code for code, _ in reports}}
    ids = {code: held for code, held in found.items() if held is not None}

    def judge(report: tuple[str, Queue]) -> Sequence[FieldProblem]:
        code, queue = report
        if queue.division not in registers.divisions:
            return [FieldProblem("division", f"unknown division {queue.division!r}")]
        if not reaches(queue.division):
            return [OUTSIDE]
        held = ids.get(code)
        if held is None or not contains(held.division, queue.division):
            return [UNKNOWN]
        return problems_ahead({"at": queue.at}, now)

    async def store(good: Sequence[tuple[str, Queue]]) -> list[RowVerdict]:
        first = {queue.key: queue for _, queue in reversed(good)}
        async with database.transaction() as connection:
            ordered = sorted(first.values(), key=lambda one: (one.campaign_id.int, one.point, one.at))
            new = await campaign_counts.insert_queues(connection, ordered, received_at=now)
            known = await campaign_counts.queues_on_record(connection, list(first))
        verdicts: list[RowVerdict] = []
        for _, queue in good:
            if queue.key in new and first[queue.key] is queue:
                verdicts.append(RowVerdict(Verdict.STORED))
            elif known.get(queue.key) == queue.waiting:
                verdicts.append(RowVerdict(Verdict.DUPLICATE))
            else:
                verdicts.append(RowVerdict(Verdict.REFUSED, None, (OTHERWISE,)))
        return verdicts

    return await store_good_rows(reports, problems_of=judge, store=store)

"""Count how long the stages of tubes took, within the transaction that joins a tube with its result."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from services.testing.rules.laboratories.stages import stages_of
from services.testing.rules.laboratories.tally import StageTally, Tally
from services.testing.rules.laboratories.turnaround import Stage, bucket_of
from services.testing.storage import laboratory_figures as storage
from services.testing.storage.tubes import Settled, TubeRow
from shared.day_count import day_of
from shared.postgres import Connection


async def tally_stages(connection: Connection, changed: Sequence[tuple[TubeRow, Settled]]) -> None:
    """Add the stages that are known now and were not before, each once, to the day of the tube's result."""
    counts: dict[tuple[str, date, Stage], Counter[int]] = defaultdict(Counter)
    for row, after in changed:
        if after.holder is None:
            continue
        known = stages_of(row.head.opened_at, row.first, row.resulted_at)
        now = stages_of(row.head.opened_at, after.first, after.holder.first_resulted_at)
        day = day_of(after.holder.first_resulted_at)
        for stage in now.keys() - known.keys():
            counts[after.holder.institution, day, stage][bucket_of(now[stage])] += 1
    if counts:
        tallies = [StageTally(*place, found) for place, found in counts.items()]
        await storage.add_tallies(connection, Tally([], tallies))

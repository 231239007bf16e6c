"""What a person at the terminal sees while a drill runs: one line, every few seconds."""

import asyncio
from collections.abc import Callable

from drills.load.messages import say
from drills.load.plan import Plan
from drills.load.told import Log
from dutyclock.terminal import Sentence
from shared.clock import SHANGHAI, Clock

EVERY_SECONDS = 2.0

Tell = Callable[[Sentence], None]


async def show_progress(plan: Plan, log: Log, clock: Clock, tell: Tell) -> None:
    """Say how far the drill is, until cancelled."""
    before = 0
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        rows = sum(log.calls.values())
        tell(progress_of(plan, log, clock, (rows - before) / EVERY_SECONDS))
        before = rows


def progress_of(plan: Plan, log: Log, clock: Clock, rows_per_second: float) -> Sentence:
    """Return the line."""
    recent = [log.buckets[number].behind_seconds for number in sorted(log.buckets)[-3:]]
    return say(
        "load-late",
        world=f"{clock.now().astimezone(SHANGHAI):%m-%d %H:%M}",
        rows=sum(log.calls.values()),
        all=plan.rows,
        accepted=len(log.accepted),
        retried=sum(log.retried.values()),
        refused=len(log.refused),
        behind=max(recent, default=0.0),
        rate=rows_per_second,
    )

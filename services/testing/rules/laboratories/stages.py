"""How long a tube was under way, waited and ran, as far as its chain tells."""

from collections.abc import Mapping
from datetime import datetime

from services.testing.rules.laboratories.turnaround import Stage
from services.testing.rules.tubes.chain import StepKind


def stages_of(
    opened_at: datetime, first: Mapping[StepKind, datetime], resulted_at: datetime | None
) -> dict[Stage, float]:
    """Return the seconds of each stage whose ends are known and in order; none while there is no result."""
    if resulted_at is None:
        return {}
    received, run = first.get(StepKind.RECEIVED), first.get(StepKind.RUN)
    spans = {
        Stage.TRANSPORT: (opened_at, received),
        Stage.WAITING: (received, run),
        Stage.RUNNING: (run, resulted_at),
    }
    return {
        stage: (end - begin).total_seconds()
        for stage, (begin, end) in spans.items()
        if begin is not None and end is not None and begin <= end
    }

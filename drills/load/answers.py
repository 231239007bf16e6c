"""How long people took for their duties, beside the limit of each: from a clock's start to its stop."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from drills.load.outcome import Answers
from drills.observe import SeenClock

BINS_OF_LIMIT = 10
"""Into how many parts the time up to the limit is divided."""
LIMITS_SHOWN = 2
AN_HOUR = timedelta(hours=1)


def answers_of(clocks: Iterable[SeenClock]) -> dict[str, Answers]:
    """Return for every rule how long its clocks ran, in shares of their limits; without withdrawn ones."""
    by_rule: dict[str, list[SeenClock]] = {}
    for clock in clocks:
        if clock.state != "void" and clock.due_at > clock.started_at:
            by_rule.setdefault(clock.rule, []).append(clock)
    return {rule: _answers(found) for rule, found in sorted(by_rule.items())}


def _answers(clocks: Sequence[SeenClock]) -> Answers:
    counts, beyond, still_open = [0] * (BINS_OF_LIMIT * LIMITS_SHOWN), 0, 0
    for clock in clocks:
        if clock.stopped_at is None:
            still_open += 1
            continue
        taken = max(timedelta(), clock.stopped_at - clock.started_at)
        limit = clock.due_at - clock.started_at
        # One that took the whole limit is still in time, and belongs to the last part before it.
        number = -(-taken * BINS_OF_LIMIT // limit) - 1
        if number < len(counts):
            counts[max(0, number)] += 1
        else:
            beyond += 1
    limits = {clock.due_at - clock.started_at for clock in clocks}
    hours = round(limits.pop() / AN_HOUR, 4) if len(limits) == 1 else None
    return Answers(
        limit_hours=hours,
        bin_share=1 / BINS_OF_LIMIT,
        counts=tuple(counts),
        beyond=beyond,
        open=still_open,
    )

"""When a clock is due and when its steps fire: inform at the start, warn at shares of the time, breach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.alerts.rules.clock_terms import Terms
from shared.clock import SHANGHAI
from shared.vocabulary import Occasion

PAGES_NOBODY = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a clock, in the order of their instants; the last one is the breach, at `due_at`."""

    due_at: datetime
    instants: tuple[datetime, ...]
    kinds: tuple[Occasion, ...]
    rungs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FiredStep:
    """A step that fired: when it was due, and by how many seconds it was late."""

    index: int
    kind: Occasion
    due_at: datetime
    late_seconds: float


def due_at(terms: Terms, started_at: datetime) -> datetime:
    """Return when a clock that starts at `started_at` is due, in UTC.

    A duration is added to the start. A wall time is the first such moment in Asia/Shanghai strictly
    after the start: a reporting day that begins at 17:00:00 ends at 17:00:00 of the next day (town §3).
    """
    if terms.within is not None:
        return (started_at + terms.within).astimezone(UTC)
    assert terms.at is not None, "a rule has a duration or a wall time"
    local = started_at.astimezone(SHANGHAI)
    due = datetime.combine(local.date(), terms.at, SHANGHAI)
    if due <= local:
        due = datetime.combine(local.date() + timedelta(days=1), terms.at, SHANGHAI)
    return due.astimezone(UTC)


def plan_steps(terms: Terms, started_at: datetime) -> Plan:
    """Return the due time and all steps of a clock that starts at `started_at`.

    Where the ladder pages nobody at the start there is no inform step; shares and the breach are always
    steps, for their events are published whether somebody is paged or not.
    """
    start = started_at.astimezone(UTC)
    due = due_at(terms, start)
    steps = [(start + (due - start) * share, Occasion.WARN) for share in sorted(terms.warn_at_shares)]
    if Occasion.INFORM in terms.rungs:
        steps.insert(0, (start, Occasion.INFORM))
    steps.append((due, Occasion.BREACH))
    return Plan(
        due_at=due,
        instants=tuple(instant for instant, _ in steps),
        kinds=tuple(kind for _, kind in steps),
        rungs=tuple(terms.rungs.get(kind, PAGES_NOBODY) for _, kind in steps),
    )


def steps_due(
    instants: Sequence[datetime], kinds: Sequence[Occasion], next_step: int, now: datetime
) -> tuple[FiredStep, ...]:
    """Return every step from `next_step` on that is due at `now`, each with its lateness.

    The claim in `queries/clocks.sql` does this for a thousand clocks at once; a test holds the two together.
    """
    return tuple(
        FiredStep(index, kinds[index], instants[index], (now - instants[index]).total_seconds())
        for index in range(next_step, len(instants))
        if instants[index] <= now
    )
